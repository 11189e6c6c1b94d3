"""A line as a stone: what lists spell in many ways is one word of ours, or it is reported."""

from decimal import Decimal
from typing import Any

import pytest

from shared.diamonds.model import Stone
from shared.feeds.model import Unmappable
from shared.feeds.own_stock import mapping

LINE = {
    "stock_number": "A-1",
    "shape": "Round",
    "carats": "1.01",
    "color": "D",
    "clarity": "VVS1",
    "price": "5,000.00",
}


def stone(**cells: str) -> Stone:
    return mapping.stone(LINE | cells, feed="own-stock")


@pytest.mark.parametrize(
    ("field", "written", "name", "meant"),
    [
        ("shape", "rb", "shape", "ROUND"),
        ("shape", "Round Brilliant", "shape", "ROUND"),
        ("shape", "PRN", "shape", "PRINCESS"),
        ("shape", "Old-Miner", "shape", "OLD MINER"),
        ("clarity", "vvs 2", "clarity", "VVS2"),
        ("clarity", "P1", "clarity", "I1"),
        ("color", "d", "color", "D"),
        ("cut", "Ideal", "cut", "ID"),
        ("polish", "X", "polish", "EX"),
        ("symmetry", "V. Good", "symmetry", "VG"),
        ("fluorescence_intensity", "Very Slight", "fluorescence_intensity", "FAINT"),
        ("fluorescence_intensity", "VST", "fluorescence_intensity", "VERY_STRONG"),
        ("lab_grown", "CVD", "lab_grown", True),
        ("lab_grown", "Natural", "lab_grown", False),
        ("treatment", "HPHT", "treated", True),
        ("treatment", "None", "treated", False),
        ("availability", "GA", "feed_availability", "available"),
        ("availability", "Memo", "feed_availability", "on_hold"),
        ("availability", "NA", "feed_availability", "unavailable"),
        ("price", "$5,000", "feed_price", Decimal("5000.00")),
        ("price", "5000.50 USD", "feed_price", Decimal("5000.50")),
        ("depth_pct", "61.6%", "depth_pct", Decimal("61.60")),
        ("measurements", "6.45-6.47 x 3.98", "width_mm", Decimal("6.47")),
        ("measurements", "6.45*6.47*3.98 mm", "depth_mm", Decimal("3.98")),
        ("certificate_lab", "gia", "certificate_lab", "GIA"),
        ("eye_clean", "Yes", "eye_clean", True),
        ("cut", "-", "cut", None),
    ],
)
def test_what_lists_write_is_what_the_trade_means(
    field: str, written: str, name: str, meant: Any
) -> None:
    assert getattr(stone(**{field: written}), name) == meant


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("shape", "R"),  # round to one, radiant to another
        ("shape", "Blob"),
        ("carats", "1,01"),
        ("carats", "0"),
        ("color", "D-E-F"),
        ("clarity", "VS3"),
        ("cut", "superb"),
        ("price", "1.234,50"),
        ("price", "12,34"),
        ("price", "4999.999"),
        ("price", "0"),
        ("availability", "soon"),
        ("lab_grown", "maybe"),
        ("measurements", "6.45"),
        ("image_url", "javascript:alert(1)"),
        ("certificate_number", "2.14E+09"),
        ("stock_number", "1E+15"),
        ("stock_number", " "),
    ],
)
def test_what_could_be_misread_is_not_read(field: str, written: str) -> None:
    with pytest.raises(Unmappable) as fault:
        stone(**{field: written})

    assert fault.value.field == field
    assert field in {fault.field for fault in mapping.faults(LINE | {field: written})}


def test_a_price_per_carat_makes_the_total() -> None:
    line = {name: said for name, said in LINE.items() if name != "price"}

    made = mapping.stone(line | {"price_per_carat": "4900"}, feed="own-stock")

    assert made.feed_price == Decimal("4949.00")


def test_a_stone_of_fancy_colour_has_no_letter_and_may_have_no_clarity() -> None:
    made = stone(color="*", clarity="", fancy_color="Yellow", fancy_intensity="fancy vivid")

    assert (made.color, made.fancy_color, made.stone_type) == (None, "Yellow", "fancy")
    assert (made.clarity, made.fancy_intensity) == (None, "Fancy Vivid")


@pytest.mark.parametrize(
    "missing", ["stock_number", "shape", "carats", "color", "clarity", "price"]
)
def test_a_stone_needs_what_it_is_found_by(missing: str) -> None:
    assert next(fault.field for fault in mapping.faults(LINE | {missing: ""})) == missing
