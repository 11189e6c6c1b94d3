"""A line of the retailer's own list as a stone; pure, and nothing but Unmappable is raised.

A line is its cells as they were written, by our names for the columns. Every field is read by
itself, so that a report can name all that is wrong with a line at once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from shared.diamonds import grading
from shared.diamonds.model import Stone, diamond_id, stone_type
from shared.feeds import reading
from shared.feeds.model import Identity, Item, Unmappable
from shared.feeds.own_stock import words
from shared.feeds.own_stock.shelf import CHANGED_AT
from shared.platform.money import round_cents

Meaning = TypeVar("Meaning")

BLANK = frozenset(("", "-", "--", "*", "N/A", "n/a"))
THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
SIDES = re.compile(
    r"([0-9.]+)\s*[-xX*\u00d7]\s*([0-9.]+)\s*[xX*\u00d7]\s*([0-9.]+)(?:\s*mm)?", re.ASCII
)
SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?E\+[0-9]+", re.ASCII | re.IGNORECASE)
LINK = re.compile(r"https?://[^\s]+")
LONGEST_LINK = 2_000
LONGEST_TEXT = 1_000
APART = Decimal("0.01")
"""How far a total may be from carats times the price per carat: both are rounded somewhere."""


def identity(item: Item) -> Identity:
    line = reading.fields(item)
    number = reading.needed(line, "stock_number", _number("stock_number", line))
    return Identity(number, number, reading.moment(line, CHANGED_AT))


def stone(item: Item, *, feed: str) -> Stone:
    """What a cell leaves open stays unknown; what is not said to be lab-grown is natural."""
    who = identity(item)
    said = {field: read(item) for field, read in READERS.items()}
    fancy, lab_grown = said["fancy_color"], bool(said["lab_grown"])
    blank: dict[str, Any] = dict.fromkeys(Stone._fields)
    known: dict[str, Any] = {
        "diamond_id": diamond_id(feed, who.supplier_stone_id),
        "feed": feed,
        "supplier_stone_id": who.supplier_stone_id,
        "offer_id": who.offer_id,
        "color": None if fancy else said["color"],
        "lab_grown": lab_grown,
        "stone_type": stone_type(lab_grown=lab_grown, fancy_color=fancy),
        "source_updated_at": who.source_updated_at,
    }
    return Stone(**(blank | said | known))


def faults(item: Item) -> Iterator[Unmappable]:
    """Everything that is wrong with a line, by field."""
    for read in (identity, *READERS.values()):
        try:
            read(item)
        except Unmappable as fault:
            yield fault


def price(item: Item) -> Decimal:
    """The total in US dollars: as it is written, or the price per carat times the carats."""
    line = reading.fields(item)
    total, each = _dollars(line, "price"), _dollars(line, "price_per_carat")
    if each is None:
        return reading.needed(line, "price", total)
    worked_out = round_cents(each * _carats(line))
    if total is None:
        return reading.needed(line, "price", reading.dollars({"price": worked_out}, "price"))
    if abs(total - worked_out) > APART * total:
        raise Unmappable("price", f"is {total}, though {each} a carat makes {worked_out}")
    return total


def _cell(line: Item, field: str, *, longest: int = 200) -> str | None:
    said = reading.text(reading.fields(line), field, longest=longest)
    return None if said in BLANK else said


def _number(field: str, line: Item) -> str | None:
    """A name made of digits; `2.14E+09` is what a spreadsheet leaves of one."""
    said = _cell(line, field, longest=100)
    if said is not None and SHORTENED.fullmatch(said):
        raise Unmappable(field, f"is {said}: a spreadsheet has shortened the number")
    return said


def _meant(
    field: str, known: Mapping[str, Meaning], line: Item, *, required: bool = False
) -> Meaning | None:
    said = _cell(line, field)
    if said is None:
        if required:
            raise Unmappable(field, "is missing")
        return None
    meaning = known.get(grading.code(said))
    if meaning is None:
        raise Unmappable(field, f"is {said[:40]!r}, which we do not know")
    return meaning


def _carats(line: Item) -> Decimal:
    line = reading.fields(line)
    return reading.needed(line, "carats", _measure("carats", line))


def _clarity(line: Item) -> str | None:
    """`VVS 1` is VVS1; a stone of fancy colour may have none."""
    said = (_cell(line, "clarity") or "").replace(" ", "")
    required = _cell(line, "fancy_color") is None
    return _meant("clarity", words.CLARITIES, {"clarity": said}, required=required)


def _color(line: Item) -> str | None:
    if _cell(line, "fancy_color") is not None:
        return None
    return _meant("color", words.COLORS, line, required=True)


def _treated(line: Item) -> bool:
    said = _cell(line, "treatment")
    return said is not None and grading.code(said) not in words.UNTREATED


def _measure(field: str, line: Item, *, below: int = 10_000) -> Decimal | None:
    said = (_cell(line, field) or "").removesuffix("%").removesuffix("mm").strip()
    return reading.measure({field: said or None}, field, below=below)


def _side(field: str, place: int, line: Item) -> Decimal | None:
    """From a column of its own, or from `6.45-6.47x3.98`."""
    own = _measure(field, line)
    together = _cell(line, "measurements")
    if own is not None or together is None:
        return own
    sides = SIDES.fullmatch(together)
    if sides is None:
        raise Unmappable("measurements", f"is {together[:40]!r}, not length x width x depth")
    return reading.measure({"measurements": sides[place]}, "measurements", below=10_000)


def _dollars(line: Item, field: str) -> Decimal | None:
    """`$1,234.50` and `1234.50 USD`; a comma that is no thousands' comma makes no number."""
    said = _cell(line, field)
    if said is None:
        return None
    bare = said.removeprefix("$").removesuffix("USD").strip()
    plain = bare.replace(",", "") if THOUSANDS.fullmatch(bare) else bare
    return reading.dollars({field: plain}, field)


def _link(field: str, line: Item) -> str | None:
    said = _cell(line, field, longest=LONGEST_LINK)
    if said is not None and not LINK.fullmatch(said):
        raise Unmappable(field, f"is {said[:40]!r}, not a link")
    return said


def _name(field: str, line: Item) -> str | None:
    said = _cell(line, field)
    return said and grading.name(said)


def _titled(field: str, line: Item) -> str | None:
    said = _cell(line, field)
    return said and said.title()


def _text(field: str, line: Item) -> str | None:
    return _cell(line, field, longest=LONGEST_TEXT)


def _percentage(field: str) -> Callable[[Item], Decimal | None]:
    return partial(_measure, field, below=1_000)


READERS: Mapping[str, Callable[[Item], Any]] = {
    "shape": partial(_meant, "shape", words.SHAPES, required=True),
    "carats": _carats,
    "color": _color,
    "clarity": _clarity,
    **{field: partial(_meant, field, words.QUALITIES) for field in ("cut", "polish", "symmetry")},
    "fluorescence_intensity": partial(_meant, "fluorescence_intensity", words.FLUORESCENCES),
    "fluorescence_color": partial(_name, "fluorescence_color"),
    **{field: partial(_titled, field) for field in ("fancy_color", "fancy_intensity")},
    "fancy_overtone": partial(_titled, "fancy_overtone"),
    "lab_grown": partial(_meant, "lab_grown", words.LAB_GROWN),
    "treated": _treated,
    "feed_price": price,
    "feed_availability": lambda line: (
        _meant("availability", words.AVAILABILITIES, line) or "available"
    ),
    "certificate_lab": partial(_name, "certificate_lab"),
    "certificate_number": partial(_number, "certificate_number"),
    **{field: partial(_link, field) for field in ("certificate_url", "image_url", "video_url")},
    "length_mm": partial(_side, "length_mm", 1),
    "width_mm": partial(_side, "width_mm", 2),
    "depth_mm": partial(_side, "depth_mm", 3),
    **{field: _percentage(field) for field in ("depth_pct", "table_pct", "crown_angle")},
    **{field: _percentage(field) for field in ("crown_height", "pavilion_angle")},
    "pavilion_depth": _percentage("pavilion_depth"),
    **{field: partial(_text, field) for field in ("girdle", "culet", "milky", "location")},
    "eye_clean": partial(_meant, "eye_clean", words.YES_OR_NO),
    **{field: partial(_text, field) for field in ("key_to_symbols", "comments")},
}
"""What each field of a stone is read from."""
