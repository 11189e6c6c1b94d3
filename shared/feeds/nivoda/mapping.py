"""A listing of Nivoda's as a stone of ours; pure, and nothing but Unmappable is raised.

Laboratory-grown is what was asked for: the listing's own flag is wrong about half the time.
"""

from decimal import Decimal
from typing import NamedTuple

from shared.diamonds import grading
from shared.diamonds.model import Availability, Stone, diamond_id, stone_type
from shared.feeds import reading
from shared.feeds.doubts import LEFT_OUT, noted, taken_as
from shared.feeds.model import Identity, Item, Offer
from shared.feeds.nivoda import grades
from shared.feeds.nivoda.listings import FAILED_FIELDS
from shared.feeds.nivoda.reader import Reader
from shared.platform.money import round_cents

AVAILABILITIES: dict[str, Availability] = {
    "AVAILABLE": "available",
    "HOLD": "on_hold",
    "ON_HOLD": "on_hold",
    "SOLD": "sold",
    "SOLD_OUT": "sold",
    "MEMO": "unavailable",
    "ON_MEMO": "unavailable",
    "CONSIGNMENT": "unavailable",
    "NOT_AVAILABLE": "unavailable",
    "UNAVAILABLE": "unavailable",
}
NO_LABORATORY = frozenset({"NONE", "STOCKID"})
"""No report: the number is the supplier's own."""
GROWTH_TYPES = frozenset({"HPHT", "CVD", "IIA"})
LONGEST_REMARK = 4_000


class Report(NamedTuple):
    lab: str | None
    number: str | None


class Fancy(NamedTuple):
    color: str | None
    fancy_color: str | None
    intensity: str | None
    overtone: str | None


def identity(item: Item) -> Identity:
    listing = Reader(reading.fields(item), [])
    diamond = listing.needed_part("diamond")
    return Identity(
        supplier_stone_id=diamond.needed_text("id"),
        offer_id=listing.needed_text("id"),
        source_updated_at=None,
    )


def stone(item: Item, *, feed: str, lab_grown: bool) -> Stone:
    doubts: list[str] = []
    listing = Reader(reading.fields(item), doubts)
    diamond = listing.needed_part("diamond")
    certificate = diamond.needed_part("certificate")
    delivery, supplier = diamond.part("delivery_time"), diamond.part("supplier")
    who = identity(item)
    price, carats = listing.needed_cents("price"), certificate.needed_carats("carats")
    fancy, report, images = _color(certificate), _report(certificate), _images(diamond, certificate)
    doubts.extend(noted(field, "null, the supplier failed", LEFT_OUT) for field in _failed(item))
    return Stone(
        diamond_id=diamond_id(feed, who.supplier_stone_id),
        feed=feed,
        supplier_stone_id=who.supplier_stone_id,
        offer_id=who.offer_id,
        shape=grades.shape(certificate.needed_text("shape")),
        carats=carats,
        color=fancy.color,
        clarity=certificate.graded("clarity", grading.code, grading.CLARITIES),
        cut=certificate.graded("cut", grades.quality, grades.KNOWN_QUALITIES),
        polish=certificate.graded("polish", grades.quality, grades.KNOWN_QUALITIES),
        symmetry=certificate.graded("symmetry", grades.quality, grades.KNOWN_QUALITIES),
        fluorescence_intensity=certificate.graded(
            "floInt", grades.fluorescence, grades.KNOWN_FLUORESCENCES
        ),
        fluorescence_color=certificate.graded(
            "floCol", grades.fluorescence_color, grades.KNOWN_FLUORESCENCE_COLORS
        ),
        fancy_color=fancy.fancy_color,
        fancy_intensity=fancy.intensity,
        fancy_overtone=fancy.overtone,
        lab_grown=lab_grown,
        treated=certificate.flag("treated") or False,
        stone_type=stone_type(lab_grown=lab_grown, fancy_color=fancy.fancy_color),
        feed_price=price,
        feed_price_per_carat=_per_carat(price, carats),
        feed_availability=_availability(diamond),
        certificate_lab=report.lab,
        certificate_number=report.number,
        certificate_url=certificate.link("pdfUrl"),
        image_url=images[0] if images else None,
        video_url=_video(diamond, certificate),
        length_mm=certificate.measure("length", below=10_000),
        width_mm=certificate.measure("width", below=10_000),
        depth_mm=certificate.measure("depth", below=10_000),
        depth_pct=certificate.measure("depthPercentage", below=1_000),
        table_pct=certificate.measure("table", below=1_000),
        supplier_name=supplier.text("name"),
        source_updated_at=who.source_updated_at,
        crown_angle=certificate.measure("crownAngle", below=1_000),
        crown_height=certificate.measure("crownHeight", below=1_000),
        pavilion_angle=certificate.measure("pavAngle", below=1_000),
        pavilion_depth=certificate.measure("pavDepth", below=1_000),
        girdle=certificate.text("girdle"),
        culet=certificate.text("culetSize"),
        eye_clean=diamond.yes_or_no("eyeClean"),
        milky=diamond.tinge("milky"),
        brown_tinge=diamond.tinge("brown"),
        green_tinge=diamond.tinge("green"),
        blue_tinge=diamond.tinge("blue"),
        gray_tinge=diamond.tinge("gray"),
        bowtie=diamond.tinge("bowtie"),
        growth_type=_growth_type(certificate) if lab_grown else None,
        origin=diamond.text("mine_of_origin") or certificate.text("country_of_origin"),
        location=diamond.text("location"),
        delivery_days_min=delivery.days("min_business_days"),
        delivery_days_max=delivery.days("max_business_days"),
        return_days=diamond.days("return_window"),
        key_to_symbols=certificate.text("keyToSymbols", longest=LONGEST_REMARK),
        comments=certificate.text("comments", longest=LONGEST_REMARK),
        image_urls=images or None,
        supplier_legal_name=supplier.text("legal_name"),
        diamond_price=listing.cents("diamond_price"),
        raw_availability=diamond.text("availability"),
        feed_hold_id=diamond.text("HoldId"),
        doubts=doubts or None,
    )


def offer(item: Item) -> Offer:
    """The part of a listing that decides a sale; a stone with a hold on it is not available."""
    listing = Reader(reading.fields(item), [])
    diamond = listing.needed_part("diamond")
    who, hold_id, said = identity(item), diamond.text("HoldId"), _availability(diamond)
    return Offer(
        supplier_stone_id=who.supplier_stone_id,
        offer_id=who.offer_id,
        availability="on_hold" if hold_id and said == "available" else said,
        price=listing.needed_cents("price"),
        hold_id=hold_id,
    )


def _color(certificate: Reader) -> Fancy:
    hue = certificate.text("f_color")
    color = grades.color(certificate.text("color"), hue)
    if color.fancy_color is None:
        if color.color and not grades.known_color(color.color):
            certificate.doubt("color", taken_as(color.color))
        return Fancy(color.color, None, None, None)
    if not grades.known_fancy_color(color.fancy_color):
        certificate.doubt("f_color", taken_as(color.fancy_color))
    overtone = certificate.text("f_overtone")
    return Fancy(
        color=None,
        fancy_color=color.fancy_color,
        intensity=certificate.graded("f_intensity", grades.fancy_intensity, grades.INTENSITIES),
        overtone=grades.fancy_color(overtone) if overtone else None,
    )


def _availability(diamond: Reader) -> Availability:
    """What we do not understand is not for sale."""
    known = AVAILABILITIES.get(grading.code(diamond.needed_text("availability")))
    if known is None:
        diamond.doubt("availability", taken_as("unavailable"))
    return known or "unavailable"


def _report(certificate: Reader) -> Report:
    lab = certificate.text("lab")
    name = grading.name(lab) if lab else None
    if name is None or name in NO_LABORATORY:
        return Report(None, None)
    return Report(name, certificate.text("certNumber"))


def _growth_type(certificate: Reader) -> str | None:
    return certificate.graded("labgrown_type", grading.name, GROWTH_TYPES)


def _per_carat(price: Decimal, carats: Decimal) -> Decimal | None:
    each = round_cents(price / carats)
    return each if each < reading.DOLLARS_BELOW else None


def _images(diamond: Reader, certificate: Reader) -> list[str]:
    """The main picture first, then the others in the order they are meant to be shown."""
    main = diamond.link("image") or certificate.link("image")
    others = sorted(
        certificate.parts("product_images"), key=lambda image: image.order("display_index")
    )
    found = [main, *(image.link("url") for image in others)]
    return list(dict.fromkeys(url for url in found if url))


def _video(diamond: Reader, certificate: Reader) -> str | None:
    return (
        diamond.link("video")
        or diamond.part("v360").link("url")
        or certificate.part("v360").link("url")
        or diamond.link("supplier_video_link")
    )


def _failed(item: Item) -> list[str]:
    failed = item.get(FAILED_FIELDS)
    return [str(field) for field in failed] if isinstance(failed, list) else []
