"""One certified stone as the catalogue knows it."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

Availability = Literal["available", "on_hold", "sold", "unavailable"]
StoneType = Literal["natural", "lab", "fancy"]

STONES = UUID("6f1d0b53-3c55-5c0e-9c4f-8d5a1e7b2f10")


@lru_cache(maxsize=4_096)  # asked again within a page
def diamond_id(feed: str, supplier_stone_id: str) -> UUID:
    """The public identifier of a supplier's stone: the same in every database, for ever."""
    return uuid5(STONES, f"{feed}/{supplier_stone_id}")


def stone_type(*, lab_grown: bool, fancy_color: str | None) -> StoneType:
    """What base margins and rules distinguish: laboratory-grown first, then fancy colours."""
    if lab_grown:
        return "lab"
    return "fancy" if fancy_color else "natural"


class Stone(NamedTuple):
    """A mapped stone; the fields are columns of `staged_diamonds`, None what is unknown."""

    diamond_id: UUID
    feed: str
    supplier_stone_id: str
    offer_id: str
    shape: str
    carats: Decimal | None
    color: str | None
    clarity: str | None
    cut: str | None
    polish: str | None
    symmetry: str | None
    fluorescence_intensity: str | None
    fluorescence_color: str | None
    fancy_color: str | None
    fancy_intensity: str | None
    fancy_overtone: str | None
    lab_grown: bool
    treated: bool
    stone_type: StoneType
    feed_price: Decimal
    feed_price_per_carat: Decimal | None
    feed_availability: Availability
    certificate_lab: str | None
    certificate_number: str | None
    certificate_url: str | None
    image_url: str | None
    video_url: str | None
    length_mm: Decimal | None
    width_mm: Decimal | None
    depth_mm: Decimal | None
    depth_pct: Decimal | None
    table_pct: Decimal | None
    supplier_name: str | None
    source_updated_at: datetime | None
    crown_angle: Decimal | None = None
    crown_height: Decimal | None = None
    pavilion_angle: Decimal | None = None
    pavilion_depth: Decimal | None = None
    girdle: str | None = None
    culet: str | None = None
    eye_clean: bool | None = None
    milky: str | None = None
    brown_tinge: str | None = None
    green_tinge: str | None = None
    blue_tinge: str | None = None
    gray_tinge: str | None = None
    bowtie: str | None = None
    growth_type: str | None = None
    origin: str | None = None
    location: str | None = None
    delivery_days_min: int | None = None
    delivery_days_max: int | None = None
    return_days: int | None = None
    key_to_symbols: str | None = None
    comments: str | None = None
    image_urls: list[str] | None = None
    supplier_legal_name: str | None = None
    diamond_price: Decimal | None = None
    raw_availability: str | None = None
    feed_hold_id: str | None = None
    doubts: list[str] | None = None
    """What the mapping kept or left out without understanding it, as `field: value`."""
