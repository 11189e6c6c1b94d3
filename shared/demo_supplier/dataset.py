"""The public "diamonds" data set as listings of the demo supplier.

The set knows weight, cut, colour, clarity, proportions, measurements and a price in whole dollars
of 53,940 round stones. Everything else is derived from a hash of the row's number and
`sql/seeds/README.md` says what. The set's cuts go from Fair to Ideal; the trade's codes know
neither Ideal nor Premium, both are what laboratories call Excellent.
"""

import csv
import gzip
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid5

from shared.demo_supplier.draw import Aspect, Draw
from shared.demo_supplier.model import Listing
from shared.platform.money import from_cents, round_cents
from shared.platform.sql import ROOT

FILE = ROOT / "seeds" / "diamonds.csv.gz"
STONES = 53_940
STONE_ID = re.compile(r"DEMO-[0-9]{7}")
LISTED_AT = datetime(2025, 1, 1, tzinfo=UTC)
OFFERS = UUID("0d9a4c1e-5f0b-5f57-8d62-3a7a4f7f6c11")

CUTS = {"Ideal": "EX", "Premium": "EX", "Very Good": "VG", "Good": "G", "Fair": "F"}
FINISHES = {
    "EX": {"EX": 75, "VG": 22, "G": 3},
    "VG": {"EX": 35, "VG": 55, "G": 10},
    "G": {"EX": 10, "VG": 50, "G": 38, "F": 2},
    "F": {"VG": 25, "G": 60, "F": 15},
}
FLUORESCENCES = {"NONE": 62, "FAINT": 20, "MEDIUM": 11, "STRONG": 5, "VERY_STRONG": 2}
ORIGINS = {"natural": 70, "lab": 30}
TREATMENTS = {"none": 98, "treated": 2}
LAB_PRICE_PER_MILLE = (100, 180)

ROUND = "ROUND"
SHAPES = {
    ROUND: 60,
    "OVAL": 11,
    "PRINCESS": 7,
    "CUSHION": 6,
    "EMERALD": 5,
    "PEAR": 4,
    "RADIANT": 3,
    "MARQUISE": 2,
    "ASSCHER": 1,
    "HEART": 1,
}
LENGTH_TO_WIDTH = {
    "OVAL": (1.30, 1.50),
    "PRINCESS": (1.00, 1.05),
    "CUSHION": (1.00, 1.20),
    "EMERALD": (1.30, 1.50),
    "PEAR": (1.45, 1.65),
    "RADIANT": (1.00, 1.30),
    "MARQUISE": (1.80, 2.15),
    "ASSCHER": (1.00, 1.04),
    "HEART": (1.00, 1.08),
}

LABORATORIES = {
    "natural": {"GIA": 72, "IGI": 15, "HRD": 13},
    "lab": {"IGI": 80, "GIA": 12, "GCAL": 8},
}
REPORTS = {
    ("natural", "GIA"): "2",
    ("natural", "IGI"): "5",
    ("natural", "HRD"): "240",
    ("lab", "IGI"): "LG",
    ("lab", "GIA"): "6",
    ("lab", "GCAL"): "33",
}
SCATTER = 48_271  # shares no factor with 10**9, so no two stones get the same number
VENDORS = {
    "natural": {
        "Halvorsen & Quill": 22,
        "Marrow Lane Diamonds": 18,
        "Sable Coast Gems": 16,
        "Northlight Polished": 14,
        "Tamarind Stones": 12,
        "Blue Heron Gem Traders": 10,
        "Ostrander Brilliants": 8,
    },
    "lab": {"Second Sun Diamonds": 45, "Plainfield Grown": 33, "Verity Carbon": 22},
}


class Line(NamedTuple):
    """One row of the set, as it is written there."""

    carat: str
    cut: str
    color: str
    clarity: str
    depth: str
    table: str
    price: str
    x: str
    y: str
    z: str


class Size(NamedTuple):
    length_mm: Decimal | None
    width_mm: Decimal | None
    depth_mm: Decimal | None


UNMEASURED = Size(None, None, None)


def lines() -> Iterator[Line]:
    """The set's rows in their order."""
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from map(Line._make, rows)


def listings() -> Iterator[Listing]:
    """The supplier's whole inventory as it is first seeded."""
    for number, line in enumerate(lines(), start=1):
        yield listing(number, line, listed_at=LISTED_AT)


def stone_id(number: int) -> str:
    return f"DEMO-{number:07}"


def number_of(stone: str) -> int:
    return int(stone.removeprefix("DEMO-"))


def listing(number: int, line: Line, *, listed_at: datetime) -> Listing:
    """A row of the set as the supplier's stone of this number."""
    draw = Draw(number)
    shape = draw.one_of(Aspect.SHAPE, SHAPES)
    origin = draw.one_of(Aspect.ORIGIN, ORIGINS)
    laboratory = draw.one_of(Aspect.LABORATORY, LABORATORIES[origin])
    cut = CUTS[line.cut]
    weight, price = Decimal(line.carat), _price(int(line.price), origin, draw)
    size = _size(line, shape, draw)
    return Listing(
        id=uuid5(OFFERS, str(number)),
        stone_id=stone_id(number),
        weight_ct=weight,
        stone_shape=shape,
        stone_color=line.color,
        stone_clarity=line.clarity,
        cut_grade=cut if shape == ROUND else None,
        polish_grade=draw.one_of(Aspect.POLISH, FINISHES[cut]),
        symmetry_grade=draw.one_of(Aspect.SYMMETRY, FINISHES[cut]),
        fluorescence_level=draw.one_of(Aspect.FLUORESCENCE, FLUORESCENCES),
        asking_price_usd=price,
        price_per_ct_usd=round_cents(price / weight),
        depth_pct=Decimal(line.depth),
        table_pct=Decimal(line.table),
        length_mm=size.length_mm,
        width_mm=size.width_mm,
        depth_mm=size.depth_mm,
        is_lab_created=origin == "lab",
        is_treated=draw.one_of(Aspect.TREATMENT, TREATMENTS) == "treated",
        availability_status="available",
        cert_lab=laboratory,
        cert_number=f"{REPORTS[origin, laboratory]}{number * SCATTER % 10**9:09}",
        image_link=f"/api/demo-feed/pictures/{shape.lower()}.svg",
        vendor_name=draw.one_of(Aspect.VENDOR, VENDORS[origin]),
        created_at=listed_at,
        updated_at=listed_at,
    )


def _price(dollars: int, origin: str, draw: Draw) -> Decimal:
    """The set's whole dollars with cents; a lab-grown stone costs a fraction of them."""
    cents = dollars * 100
    if origin == "lab":
        cents = cents * draw.whole(Aspect.LAB_PRICE, *LAB_PRICE_PER_MILLE) // 1000
    return from_cents(cents + draw.whole(Aspect.CENTS, 0, 99))


def _size(line: Line, shape: str, draw: Draw) -> Size:
    """A round stone's own measurements; a fancy shape of the same volume and depth percentage."""
    x, y, z = float(line.x), float(line.y), float(line.z)
    if not _plausible(x, y, z):
        return UNMEASURED
    if shape == ROUND:
        return Size(*(Decimal(value) for value in (*_longest_first(line.x, line.y), line.z)))
    shortest, longest = LENGTH_TO_WIDTH[shape]
    ratio = shortest + (longest - shortest) * draw.share(Aspect.ELONGATION)
    width = (x + y) / 2 / math.cbrt(ratio)
    return Size(*map(_mm, (width * ratio, width, width * float(line.depth) / 100)))


def _plausible(x: float, y: float, z: float) -> bool:
    """Whether these can be the measurements of a round stone; a few in the set cannot."""
    return min(x, y) > 0.9 * max(x, y) > 0 and 0.4 * x < z < 0.8 * x


def _longest_first(x: str, y: str) -> tuple[str, str]:
    return (x, y) if Decimal(x) >= Decimal(y) else (y, x)


def _mm(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")
