"""A stone as the public sees it: the whole of it, what search shows, or a card."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from http_api.currency import shown_in
from http_api.endpoint import Answer
from shared.currency.model import Rate
from shared.diamonds import looks

FALLBACK = "/api/v2/pictures/{}.svg"


class Media(Answer):
    """`fallback_image` is ours and always loads: show it where another is missing or broken."""

    images: list[str]
    video: str | None
    fallback_image: str


class FaceUp(Answer):
    """Length x width x the shape's fullness; the weight of a well-cut round of that area."""

    area_mm2: Decimal
    visual_carats: Decimal
    spread_pct: Decimal


class Essentials(Answer):
    """What every list shows of a stone; `price` is in USD."""

    id: UUID
    shape: str
    carats: Decimal | None
    color: str | None
    clarity: str | None
    cut: str | None
    fancy_color: str | None
    fancy_intensity: str | None
    lab_grown: bool
    availability: str
    price: Decimal
    price_per_carat: Decimal | None
    rating: int
    certificate_lab: str | None
    display_price: Decimal | None = None
    """In the currency of the answer's exchange rate; `price` stays in USD."""
    display_price_per_carat: Decimal | None = None


class Card(Essentials):
    """A stone in few words, with its picture."""

    media: Media


class Diamond(Essentials):
    """What the public sees of a stone: never cost, markup or supplier; money in USD."""

    polish: str | None
    symmetry: str | None
    fluorescence_intensity: str | None
    fluorescence_color: str | None
    fancy_overtone: str | None
    treated: bool
    growth_type: str | None
    certificate_number: str | None
    certificate_url: str | None
    image_url: str | None
    video_url: str | None
    length_mm: Decimal | None
    width_mm: Decimal | None
    depth_mm: Decimal | None
    depth_pct: Decimal | None
    table_pct: Decimal | None
    ratio: Decimal | None
    crown_angle: Decimal | None
    crown_height: Decimal | None
    pavilion_angle: Decimal | None
    pavilion_depth: Decimal | None
    girdle: str | None
    culet: str | None
    eye_clean: bool | None
    milky: str | None
    brown_tinge: str | None
    green_tinge: str | None
    blue_tinge: str | None
    gray_tinge: str | None
    bowtie: str | None
    origin: str | None
    location: str | None
    delivery_days_min: int | None
    delivery_days_max: int | None
    return_days: int | None
    created_at: datetime
    updated_at: datetime


class Stone(Diamond):
    """All of it, and what can be made of it."""

    media: Media
    certificate_verification_url: str | None
    """Where the laboratory shows the report itself."""
    face_up: FaceUp | None
    key_to_symbols: str | None


def shown(stone: Mapping[str, Any], rate: Rate | None) -> dict[str, Any]:
    """A row of `public_stones` with everything the views above add to it."""
    lab, number = stone["certificate_lab"], stone["certificate_number"]
    return {
        **shown_in(stone, rate),
        "media": Media(
            images=looks.images(stone),
            video=looks.video(stone),
            fallback_image=FALLBACK.format(looks.drawing(stone["shape"])),
        ),
        "certificate_verification_url": looks.verification_url(lab, number),
        "face_up": looks.face_up(stone),
    }


def card(stone: Mapping[str, Any], rate: Rate | None) -> Card:
    return Card.model_validate(shown(stone, rate))


def whole(stone: Mapping[str, Any], rate: Rate | None) -> Stone:
    return Stone.model_validate(shown(stone, rate))
