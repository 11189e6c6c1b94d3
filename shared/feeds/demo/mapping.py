"""A listing of the demo supplier as a stone of ours; pure, and nothing but Unmappable is raised."""

from collections.abc import Collection
from typing import Any, cast

from shared.diamonds import grading
from shared.diamonds.model import Availability, Stone, diamond_id, stone_type
from shared.feeds import reading
from shared.feeds.model import Identity, Item, Unmappable

AVAILABILITIES = ("available", "on_hold", "sold", "unavailable")
LONGEST_LINK = 2_000


def identity(item: Item) -> Identity:
    listing = reading.fields(item)
    return Identity(
        supplier_stone_id=_text(listing, "stone_id"),
        offer_id=_text(listing, "id"),
        source_updated_at=reading.moment(listing, "updated_at"),
    )


def stone(item: Item, *, feed: str) -> Stone:
    """The supplier sells white stones only, so every stone has a colour from D to Z."""
    listing = reading.fields(item)
    who = identity(listing)
    lab_grown = _flag(listing, "is_lab_created")
    return Stone(
        diamond_id=diamond_id(feed, who.supplier_stone_id),
        feed=feed,
        supplier_stone_id=who.supplier_stone_id,
        offer_id=who.offer_id,
        shape=grading.name(_text(listing, "stone_shape")),
        carats=reading.needed(
            listing, "weight_ct", reading.measure(listing, "weight_ct", below=10_000)
        ),
        color=_graded(listing, "stone_color", grading.COLORS),
        clarity=_graded(listing, "stone_clarity", grading.CLARITIES),
        cut=_grade(listing, "cut_grade", grading.CUTS),
        polish=_grade(listing, "polish_grade", grading.CUTS),
        symmetry=_grade(listing, "symmetry_grade", grading.CUTS),
        fluorescence_intensity=_grade(listing, "fluorescence_level", grading.FLUORESCENCES),
        fluorescence_color=None,
        fancy_color=None,
        fancy_intensity=None,
        fancy_overtone=None,
        lab_grown=lab_grown,
        treated=_flag(listing, "is_treated"),
        stone_type=stone_type(lab_grown=lab_grown, fancy_color=None),
        feed_price=reading.needed(
            listing, "asking_price_usd", reading.dollars(listing, "asking_price_usd")
        ),
        feed_price_per_carat=reading.dollars(listing, "price_per_ct_usd"),
        feed_availability=_availability(listing),
        certificate_lab=_name(listing, "cert_lab"),
        certificate_number=reading.text(listing, "cert_number"),
        certificate_url=None,
        image_url=reading.text(listing, "image_link", longest=LONGEST_LINK),
        video_url=None,
        length_mm=reading.measure(listing, "length_mm", below=10_000),
        width_mm=reading.measure(listing, "width_mm", below=10_000),
        depth_mm=reading.measure(listing, "depth_mm", below=10_000),
        depth_pct=reading.measure(listing, "depth_pct", below=1_000),
        table_pct=reading.measure(listing, "table_pct", below=1_000),
        supplier_name=reading.text(listing, "vendor_name"),
        source_updated_at=who.source_updated_at,
    )


def _text(listing: dict[str, Any], field: str) -> str:
    return reading.needed(listing, field, reading.text(listing, field))


def _flag(listing: dict[str, Any], field: str) -> bool:
    return reading.needed(listing, field, reading.flag(listing, field))


def _name(listing: dict[str, Any], field: str) -> str | None:
    words = reading.text(listing, field)
    return words and grading.name(words)


def _graded(listing: dict[str, Any], field: str, known: Collection[str]) -> str:
    return reading.needed(listing, field, _grade(listing, field, known))


def _grade(listing: dict[str, Any], field: str, known: Collection[str]) -> str | None:
    words = reading.text(listing, field)
    if words is None:
        return None
    grade = words if words in known else grading.code(words)
    if grade not in known:
        raise Unmappable(field, f"is {words!r}, not one of {', '.join(known)}")
    return grade


def _availability(listing: dict[str, Any]) -> Availability:
    words = _text(listing, "availability_status")
    if words not in AVAILABILITIES:
        raise Unmappable("availability_status", f"is {words!r}, which we do not know")
    return cast("Availability", words)
