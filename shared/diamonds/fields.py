"""What the public may see of a stone: never cost, markup or supplier; and what staff may besides.

Each field is an expression over `diamonds AS diamond` and `diamond_prices AS price`, written
as JSON by PostgreSQL; money is in US dollars.
"""

from collections.abc import Iterable, Mapping
from typing import LiteralString

from pydantic.alias_generators import to_camel

from shared.diamonds.filters import PER_CARAT, PRICE

OWN = (
    "id",
    "shape",
    "carats",
    "color",
    "clarity",
    "cut",
    "polish",
    "symmetry",
    "fluorescence_intensity",
    "fluorescence_color",
    "fancy_color",
    "fancy_intensity",
    "fancy_overtone",
    "lab_grown",
    "growth_type",
    "treated",
    "availability",
    "certificate_lab",
    "certificate_number",
    "certificate_url",
    "image_url",
    "video_url",
    "length_mm",
    "width_mm",
    "depth_mm",
    "depth_pct",
    "table_pct",
    "ratio",
    "crown_angle",
    "crown_height",
    "pavilion_angle",
    "pavilion_depth",
    "girdle",
    "culet",
    "eye_clean",
    "milky",
    "brown_tinge",
    "green_tinge",
    "blue_tinge",
    "gray_tinge",
    "bowtie",
    "origin",
    "location",
    "delivery_days_min",
    "delivery_days_max",
    "return_days",
)
"""Columns shown as they are."""


def _moment(column: LiteralString) -> LiteralString:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


FIELDS: Mapping[str, LiteralString] = {
    **{name: f"diamond.{name}" for name in OWN},
    "price": PRICE,
    "price_per_carat": PER_CARAT,
    "rating": "price.rating",
    "created_at": _moment("diamond.created_at"),
    "updated_at": _moment("diamond.updated_at"),
}
CONVERTED: Mapping[str, LiteralString] = {
    "display_price": "round(price.price_model_price * %(rate)s::numeric, %(places)s::integer)",
    "display_price_per_carat": (
        "round(price.price_model_price * %(rate)s::numeric / diamond.carats, %(places)s::integer)"
    ),
}
"""In another currency, null without a rate; `converted` of shared/currency says the same."""
ALL: Mapping[str, LiteralString] = {**FIELDS, **CONVERTED}
STAFF: Mapping[str, LiteralString] = {
    "feed": "diamond.feed",
    "supplier_stone_id": "diamond.supplier_stone_id",
    "offer_id": "diamond.offer_id",
    "supplier_name": "diamond.supplier_name",
    "supplier_legal_name": "diamond.supplier_legal_name",
    "feed_price": "diamond.feed_price",
    "markup_ratio": "price.markup_ratio",
}
"""For those who may see costs."""
BY_WIRE_NAME: Mapping[str, str] = {to_camel(name): name for name in ALL}
STAFF_BY_WIRE_NAME: Mapping[str, str] = {to_camel(name): name for name in (*ALL, *STAFF)}


AS_COLUMNS: Mapping[str, LiteralString] = {
    name: f'{expression} AS "{to_camel(name)}"' for name, expression in {**ALL, **STAFF}.items()
}


def columns(names: Iterable[str]) -> LiteralString:
    """Fields as columns of a statement, named as on the wire."""
    shown: list[LiteralString] = [AS_COLUMNS[name] for name in names]
    return ", ".join(shown)
