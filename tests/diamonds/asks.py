"""One question for each filter, and in plain Python which stones it means."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shared.access.model import ApiKey, Scope

Stone = Mapping[str, Any]
Meaning = Callable[[Stone], bool]
Ask = tuple[dict[str, str], Meaning]

NOTHING: dict[str, Any] = dict.fromkeys(ApiKey.model_fields)
STAFF = ApiKey.model_construct(**NOTHING | {"permissions": [Scope.COSTS_READ]})
CUTS = ("ID", "EX", "VG", "G", "F", "P")


def is_one_of(column: str, *values: Any) -> Meaning:
    return lambda stone: stone[column] in values


def is_none_of(column: str, *values: Any) -> Meaning:
    return lambda stone: stone[column] not in values


def lies(column: str, low: str, high: str) -> Meaning:
    def meaning(stone: Stone) -> bool:
        value = number(stone, column)
        return value is not None and Decimal(low) <= value <= Decimal(high)

    return meaning


def number(stone: Stone, column: str) -> Decimal | None:
    if column == "ratio":
        length, width = stone["length_mm"], stone["width_mm"]
        return half_up(length / width) if length and width else None
    if column == "per_carat":
        return half_up(stone["price"] / stone["carats"]) if stone["carats"] else None
    return None if stone[column] is None else Decimal(stone[column])


def half_up(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")


def clear(stone: Stone) -> bool:
    tinges = ("brown_tinge", "green_tinge", "milky")
    return all(stone[tinge] in (None, "NONE") for tinge in tinges)


ASKS: list[Ask] = [
    ({"shape": "old miner, Round"}, is_one_of("shape", "OLD MINER", "ROUND")),
    ({"shape_not": "OLD_MINER"}, is_none_of("shape", "OLD MINER")),
    ({"color": "d-f"}, is_one_of("color", "D", "E", "F", "E-F")),
    ({"color": "O-P,unknown"}, is_one_of("color", "O-P", None)),
    ({"color_not": "G,unknown"}, is_none_of("color", "G", None)),
    ({"clarity": "vs1-si1, fl"}, is_one_of("clarity", "VS1", "VS2", "SI1", "FL")),
    ({"clarity": "other"}, is_one_of("clarity", "SI4")),
    ({"cut": "excellent,Very Good"}, is_one_of("cut", "EX", "VG")),
    ({"cut_not": "poor,fair"}, is_none_of("cut", "P", "F")),
    ({"cut_not": "other"}, is_one_of("cut", *CUTS, None)),
    ({"polish": "ideal-very good,8x"}, is_one_of("polish", "ID", "EX", "VG", "8X")),
    ({"symmetry": "other,unknown"}, is_one_of("symmetry", "8X", None)),
    (
        {"fluorescence_intensity": "none-medium"},
        is_one_of("fluorescence_intensity", "NONE", "FAINT", "MEDIUM"),
    ),
    (
        {"fluorescence_intensity_not": "very strong"},
        is_none_of("fluorescence_intensity", "VERY_STRONG"),
    ),
    ({"fluorescence_color": "blue"}, is_one_of("fluorescence_color", "BLUE")),
    ({"fancy": "true"}, is_none_of("fancy_color", None)),
    ({"fancy": "no"}, is_one_of("fancy_color", None)),
    ({"fancy_color": "brown pink,YELLOW"}, is_one_of("fancy_color", "Brown-Pink", "Yellow")),
    ({"fancy_color": "unknown"}, is_one_of("fancy_color", "Unknown", None)),
    ({"fancy_intensity": "Fancy Vivid"}, is_one_of("fancy_intensity", "Fancy Vivid")),
    ({"fancy_intensity": "fancy_vivid"}, is_one_of("fancy_intensity", "Fancy Vivid")),
    ({"fancy_overtone_not": "brownish"}, is_none_of("fancy_overtone", "Brownish")),
    ({"lab": "gia"}, is_one_of("certificate_lab", "GIA")),
    ({"certificate_number": "lg7, lg 8"}, is_one_of("certificate_number", "LG7", "LG8")),
    ({"lab_grown": "true"}, is_one_of("lab_grown", True)),
    ({"lab_grown_not": "true"}, is_one_of("lab_grown", False)),
    ({"treated": "true"}, is_one_of("treated", True)),
    ({"treated": "true,false"}, is_one_of("treated", True, False)),
    ({"growth_type": "hpht"}, is_one_of("growth_type", "HPHT")),
    ({"eye_clean": "true,unknown"}, is_one_of("eye_clean", True, None)),
    ({"milky_not": "light,medium"}, is_none_of("milky", "Light", "MEDIUM")),
    ({"brown_tinge": "none,unknown"}, is_one_of("brown_tinge", "NONE", None)),
    ({"green_tinge": "none"}, is_one_of("green_tinge", "NONE")),
    ({"blue_tinge_not": "unknown"}, is_none_of("blue_tinge", None)),
    ({"gray_tinge": "light"}, is_one_of("gray_tinge", "Light")),
    ({"bowtie_not": "medium"}, is_none_of("bowtie", "MEDIUM")),
    ({"no_bgm": "true"}, clear),
    ({"no_bgm": "false"}, lambda stone: not clear(stone)),
    ({"girdle": "slightly thick,MEDIUM"}, is_one_of("girdle", "slightly_thick", "MEDIUM")),
    ({"girdle_not": "thin to medium"}, is_none_of("girdle", "Thin to Medium")),
    ({"culet": "none"}, is_one_of("culet", "NONE")),
    ({"origin": "south africa"}, is_one_of("origin", "South Africa")),
    ({"location_not": "hong kong,unknown"}, is_none_of("location", "HONG KONG", None)),
    ({"returnable": "true"}, is_one_of("return_days", 14)),
    ({"returnable": "unknown,false"}, is_one_of("return_days", 0, None)),
    ({"has_image": "true"}, is_none_of("image_url", None)),
    ({"has_video": "false"}, is_one_of("video_url", None)),
    ({"has_certificate": "1"}, is_none_of("certificate_url", None)),
    ({"availability": "on hold,sold"}, is_one_of("availability", "on_hold", "sold")),
    ({"feed": "Nivoda-Natural,shelf"}, is_one_of("feed", "nivoda-natural", "shelf")),
    ({"feed_not": "demo"}, is_none_of("feed", "demo")),
    ({"price_min": "999.995", "price_max": "20000"}, lies("price", "999.995", "20000")),
    ({"price_per_carat_max": "9000.5"}, lies("per_carat", "0", "9000.5")),
    ({"carat_min": "1", "carat_max": "1"}, lies("carats", "1", "1")),
    ({"carat_min": "0"}, is_none_of("carats", None)),
    ({"rating_min": "6.5"}, lies("rating", "7", "10")),
    ({"ratio_min": "1", "ratio_max": "1.05"}, lies("ratio", "1", "1.05")),
    ({"table_max": "57.00"}, lies("table_pct", "0", "57")),
    ({"depth_pct_min": "62"}, lies("depth_pct", "62", "100")),
    ({"depth_mm_max": "4.2"}, lies("depth_mm", "0", "4.2")),
    ({"length_min": "6"}, lies("length_mm", "6", "10000")),
    ({"width_max": "6"}, lies("width_mm", "0", "6")),
    ({"crown_angle_min": "34.5"}, lies("crown_angle", "34.5", "1000")),
    ({"crown_height_max": "15"}, lies("crown_height", "0", "15")),
    ({"pav_angle_min": "41"}, lies("pavilion_angle", "41", "1000")),
    ({"pav_depth_max": "43"}, lies("pavilion_depth", "0", "43")),
    ({"delivery_days_max": "3"}, lies("delivery_days_max", "0", "3")),
]
