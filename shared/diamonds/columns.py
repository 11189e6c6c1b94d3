"""A block of stones as columns of small numbers, in the order of their ids; never changed.

Only `shelf` imports this, when it loads: numpy would slow a cold start.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from shared.diamonds import filters
from shared.diamonds.filters import Bounds, Chosen, Condition, Within, Words
from shared.diamonds.hits import HISTOGRAMS
from shared.diamonds.sorting import SORTS, Cursor, Order, SortBy
from shared.price_lists.model import WHOLE, Terms

Numbers = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

UNKNOWN = -1
"""Stands for null among numbers; what is known is never below zero."""
BYTE = 256
LISTS_KEPT = 8
"""Of price lists whose prices and orders stay in memory: 8 to 24 bytes a stone each."""
PRICED = ("price", "price_per_carat")
CENT_PLACES = 2
LAST = np.iinfo(np.int64).max
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMPARED_ONE_BY_ONE = 16
"""Words; more are looked up, which first widens every code."""
WORDS = [each for each in filters.WORDS if each.in_memory]


class Lexicon:
    """The words of each column and their codes; a block never sees it change."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str | None]] = {each.name: [None] for each in WORDS}
        self.codes: dict[str, dict[int, int]] = {each.name: {0: 0} for each in WORDS}
        """By the word's hash in PostgreSQL; 0 is null's."""

    def copy(self) -> "Lexicon":
        copied = Lexicon()
        copied.texts = {name: list(texts) for name, texts in self.texts.items()}
        copied.codes = {name: dict(codes) for name, codes in self.codes.items()}
        return copied

    def coded(self, name: str, hashes: Numbers) -> tuple[Numbers, dict[int, int]]:
        """Codes for hashes, and where the words that are new here were first seen."""
        distinct, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        codes, new = self.codes[name], {}
        for key, at in zip(distinct.tolist(), first.tolist(), strict=True):
            if key not in codes:
                codes[key] = len(self.texts[name])
                self.texts[name].append(None)
                new[key] = at
        mine = np.array([codes[key] for key in distinct.tolist()], np.uint16)
        return mine[inverse], new


@dataclass(frozen=True)
class Block:
    high: Numbers
    low: Numbers
    """The halves of the ids."""
    words: Mapping[str, Numbers]
    numbers: Mapping[str, Numbers]
    lexicon: Lexicon
    _ranks: dict[str, Numbers] = field(default_factory=dict)
    _lines: dict[tuple[SortBy, Order], Numbers] = field(default_factory=dict)
    _buckets: dict[str, Numbers] = field(default_factory=dict)
    _retail: "Block | None" = None
    """The same stones at retail prices, of a block that is at those of a list."""
    _listed: dict[Terms, "Block"] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.high)

    def id(self, at: int) -> UUID:
        return UUID(int=self._number(at))

    def _number(self, at: int) -> int:
        return int(self.high[at]) << 64 | int(self.low[at])

    def at(self, terms: Terms | None) -> "Block":
        """The same stones at the prices of a list; those of some lists are kept."""
        block = self if terms is None else self._listed.get(terms)
        if block is None and terms is not None:
            numbers = {**self.numbers, **listed(self.numbers, terms)}
            own: dict[str, Any] = {"_buckets": {}, "_lines": {}, "_listed": {}}
            block = replace(self, numbers=numbers, _retail=self, **own)
            if len(self._listed) >= LISTS_KEPT:
                self._listed.pop(next(iter(self._listed)), None)
            self._listed[terms] = block
        return block or self

    def matching(self, condition: Condition) -> Mask:
        if isinstance(condition, Chosen):
            return self._chosen(condition)
        return self._within(condition)

    def values(self, sort_by: SortBy) -> Numbers:
        """What the order compares, `UNKNOWN` where there is nothing."""
        name = SORTS[sort_by].of
        graded = filters.BY_NAME.get(name)
        if not isinstance(graded, Words):
            return self.numbers[name]
        if name not in self._ranks:
            texts = self.lexicon.texts[name]
            places = [None if text is None else graded.place(text) for text in texts]
            ranks = [UNKNOWN if place is None else place + 1 for place in places]
            self._ranks[name] = np.array(ranks, np.int8)[self.words[name]]
        return self._ranks[name]

    def line(self, sort_by: SortBy, order: Order) -> Numbers:
        """All stones in an order, as positions; unknown values last, ids break ties."""
        if self._retail and sort_by not in PRICED:
            return self._retail.line(sort_by, order)
        line = self._lines.get((sort_by, order))
        if line is None:
            values = self.values(sort_by)
            rising = np.argsort(values, kind="stable").astype(np.int32)
            unknown, known = np.split(rising, [int(np.count_nonzero(values < 0))])
            if order == "desc":
                unknown, known = unknown[::-1], known[::-1]
            line = self._lines[sort_by, order] = np.concatenate([known, unknown])
        return line

    def beyond(self, place: Cursor) -> Numbers:
        """What lies beyond a cursor in its line, nearest first."""
        line, values = self.line(place.sort_by, place.order), self.values(place.sort_by)
        sign = -1 if place.order == "desc" else 1
        here = _comparable(stored(place.sort_by, place.value), place.diamond_id.int, sign)

        def follows(number: int) -> bool:
            at = int(line[number])
            there = _comparable(int(values[at]), self._number(at), sign)
            return there >= here if place.back else there > here

        first = bisect_left(range(self.size), True, key=follows)
        return line[:first][::-1] if place.back else line[first:]

    def buckets(self, name: str) -> Numbers:
        """Each stone's bucket in a histogram; one more than the last is unknown."""
        if self._retail and name not in PRICED:
            return self._retail.buckets(name)
        found = self._buckets.get(name)
        if found is None:
            scale = 10 ** _bounds(name).places
            edges = np.array([int(edge * scale) for edge in HISTOGRAMS[name]], np.int64)
            values = self.numbers[name]
            found = np.searchsorted(edges, values, side="right").astype(np.uint8)
            found[values < 0] = len(edges) + 1
            self._buckets[name] = found
        return found

    def find(self, high: Numbers, low: Numbers) -> Numbers:
        """The positions of those ids that are here."""
        start = np.searchsorted(self.high, high, side="left")
        end = np.searchsorted(self.high, high, side="right")
        found = [
            at
            for first, last, half in zip(start, end, low, strict=True)
            for at in range(int(first), int(last))
            if self.low[at] == half
        ]
        return np.array(found, np.int64)

    def _chosen(self, condition: Chosen) -> Mask:
        codes = self.words[condition.filter.name]
        texts = self.lexicon.texts[condition.filter.name]
        wanted = np.array([condition.matches(text) for text in texts])
        few: list[int] = np.flatnonzero(wanted).tolist()
        if len(few) > COMPARED_ONE_BY_ONE:
            return wanted[codes]
        mask = np.zeros(self.size, np.bool_)
        for code in few:
            mask |= codes == code
        return mask

    def _within(self, condition: Within) -> Mask:
        values = self.numbers[condition.filter.name]
        scale = 10**condition.filter.places
        low = 0 if condition.low is None else ceil(condition.low * scale)
        mask = values >= low
        if condition.high is not None:
            mask &= values <= floor(condition.high * scale)
        return mask


def listed(numbers: Mapping[str, Numbers], terms: Terms) -> dict[str, Numbers]:
    """Prices of a list in cents, as `Terms.price` has them, and what they are per carat."""
    unit = 10 ** (CENT_PLACES - terms.places)
    points = numbers["price"].astype(np.int64) * (WHOLE + terms.points)
    price = np.maximum(_divided(points, WHOLE * unit), 1) * unit
    carats = numbers["carat"].astype(np.int64)
    per_carat = _divided(price * 100, np.maximum(carats, 1))
    per_carat[carats < 0] = UNKNOWN
    return {"price": narrow(price), "price_per_carat": narrow(per_carat)}


def narrow(values: Numbers) -> Numbers:
    """In four bytes where all of them fit."""
    return values.astype(np.int32) if values.max(initial=0) <= np.iinfo(np.int32).max else values


def _divided(value: Numbers, by: Any) -> Numbers:
    """Rounded half up; nothing here is below zero."""
    rounded: Numbers = (2 * value + by) // (2 * by)
    return rounded


def stored(sort_by: SortBy, value: Any) -> Any:
    """A cursor's value as columns hold it; exact, so it may fall between two of theirs."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    bounds = filters.BY_NAME.get(SORTS[sort_by].of)
    return value * 10**bounds.places if isinstance(bounds, Bounds) else value


def told(sort_by: SortBy, number: int) -> Any:
    """What a column holds as a cursor's value."""
    if number == UNKNOWN:
        return None
    if sort_by == "newest":
        return EPOCH + timedelta(microseconds=number)
    bounds = filters.BY_NAME[SORTS[sort_by].of]
    if isinstance(bounds, Bounds) and bounds.places:
        return Decimal(number).scaleb(-bounds.places)
    return number


def _comparable(value: Any, diamond_id: int, sign: int) -> tuple[bool, Any, int]:
    return value == UNKNOWN, sign * value, sign * diamond_id


def _bounds(name: str) -> Bounds:
    found = filters.BY_NAME[name]
    if not isinstance(found, Bounds):
        raise TypeError(name)
    return found


def blank(lexicon: Lexicon) -> Block:
    nothing = np.empty(0, np.int64)
    return Block(
        high=np.empty(0, np.uint64),
        low=np.empty(0, np.uint64),
        words=dict.fromkeys(lexicon.texts, nothing),
        numbers=dict.fromkeys((*(each.name for each in filters.BOUNDS), "newest"), nothing),
        lexicon=lexicon,
    )


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks of different stones as one."""
    high = np.concatenate([block.high for block in blocks])
    low = np.concatenate([block.low for block in blocks])
    order = np.lexsort((low, high))
    return Block(
        high=high[order],
        low=low[order],
        words={
            name: np.concatenate([block.words[name] for block in blocks])[order].astype(
                np.uint8 if len(texts) <= BYTE else np.uint16
            )
            for name, texts in blocks[-1].lexicon.texts.items()
        },
        numbers={
            name: np.concatenate([block.numbers[name] for block in blocks])[order]
            for name in blocks[0].numbers
        },
        lexicon=blocks[-1].lexicon,
    )


def taken(block: Block, kept: Mask) -> Block:
    return Block(
        high=block.high[kept],
        low=block.low[kept],
        words={name: codes[kept] for name, codes in block.words.items()},
        numbers={name: values[kept] for name, values in block.numbers.items()},
        lexicon=block.lexicon,
    )
