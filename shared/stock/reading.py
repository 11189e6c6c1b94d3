"""A file as lines for the shelf and faults for the report."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from shared.feeds.model import Item, Unmappable
from shared.feeds.own_stock import mapping
from shared.platform import exact_json
from shared.stock import headings, sheet
from shared.stock.headings import Layout
from shared.stock.model import Fault

WHOLE_LINE = "(line)"
NAMELESS = " line:"
"""Before the hash that stands for a line without a stock number, which begins with no blank."""
NO_PRICE = Decimal(0)
LONGEST_VALUE = 200
LONGEST_RAW = 2_000


@dataclass(frozen=True)
class Line:
    """What goes on the shelf under a key, sound or not: the feed sorts them."""

    number: int
    key: str
    price: Decimal
    item: Item


@dataclass
class Reading:
    layout: Layout
    shelf: list[Line] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Stock numbers that are named, but not so that one could say what of them."""
    faults: list[Fault] = field(default_factory=list)
    lines: int = 0

    @property
    def bad_lines(self) -> int:
        return len({fault.line for fault in self.faults})

    @property
    def stones(self) -> int:
        return self.lines - self.bad_lines


def read(content: bytes, *, declared: Mapping[str, str], constants: Mapping[str, str]) -> Reading:
    """Everything in the file; raises Invalid, TooLarge and ColumnsUnclear for a file as a whole."""
    titles, records = sheet.read(sheet.decoded(content))
    made = Reading(headings.layout(titles, declared=declared, constants=constants))
    by_key: dict[str, list[Line]] = defaultdict(list)
    for record in records:
        made.lines += 1
        line, faults = (_unreadable if record.fault else _line)(made.layout, record)
        made.faults += faults
        by_key[line.key].append(line)
    for key, lines in by_key.items():
        _shelve(made, key, lines)
    made.faults.sort(key=lambda fault: (fault.line, fault.field))
    return made


def _line(layout: Layout, record: sheet.Record) -> tuple[Line, list[Fault]]:
    item = layout.item(record.cells)
    wrong = {fault.field: fault.reason for fault in mapping.faults(item)}
    faults = [_fault(layout, record.line, name, said, item) for name, said in wrong.items()]
    return Line(record.line, _key(item), _price(item), item), faults


def _unreadable(layout: Layout, record: sheet.Record) -> tuple[Line, list[Fault]]:
    """Shelved too: a run that meets many of them takes no stone off sale."""
    item = {WHOLE_LINE: record.raw[:LONGEST_RAW]}
    fault = _fault(layout, record.line, WHOLE_LINE, record.fault or "", item)
    return Line(record.line, _key(item), NO_PRICE, item), [fault]


def _shelve(made: Reading, key: str, lines: Sequence[Line]) -> None:
    """The same stone twice: said alike, the second is reported; said differently, both are."""
    first, *others = lines
    differ = any(line.item != first.item for line in others)
    if differ:
        made.kept.append(key)
    else:
        made.shelf.append(first)
    for line in lines if differ else others:
        other = first if line is not first else others[0]
        said = f"is on line {other.number} as well" + (
            ", and says something else" if differ else ""
        )
        if key.startswith(NAMELESS):
            continue
        made.faults.append(_fault(made.layout, line.number, "stock_number", said, line.item))


def _key(item: Item) -> str:
    try:
        return mapping.identity(item).supplier_stone_id
    except Unmappable:
        return NAMELESS + hashlib.sha256(exact_json.canonical(item)).hexdigest()


def _price(item: Item) -> Decimal:
    try:
        return mapping.price(item)
    except Unmappable:
        return NO_PRICE


def _fault(layout: Layout, line: int, name: str, reason: str, item: Item) -> Fault:
    value = item.get(name)
    return Fault(
        line=line,
        field=name,
        heading=layout.headings.get(name),
        value=value[:LONGEST_VALUE] if value else None,
        reason=reason,
    )
