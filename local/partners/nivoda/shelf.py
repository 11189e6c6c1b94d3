"""What is on the shelf: a few numbers per stone, and an index by price per carat."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Literal, NamedTuple

from local.partners.nivoda.distribution import Spread

Kind = Literal["natural", "labgrown"]

AVAILABLE, HELD, GONE = 0, 1, 2
FIRST_LISTED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
SECONDS_BETWEEN_LISTINGS = 10
REMEMBERED = 64


class Wanted(NamedTuple):
    """A stretch of prices in dollars per carat, both bounds included; changed since, in us."""

    low: int
    high: int
    updated_from: int | None = None


@dataclass
class Stone:
    """What is known of one stone beyond its looks, which follow from its number."""

    number: int
    cents: int
    hundredths: int
    state: int
    revision: int


class Shelf:
    """The stones of one kind, numbered in the order in which they were listed."""

    def __init__(self, kind: Kind, spread: Spread) -> None:
        self.kind = kind
        self._cents, self._hundredths = spread
        stones = len(self._cents)
        self._states = bytearray(stones)
        self._revisions = bytearray(stones)
        step = SECONDS_BETWEEN_LISTINGS * 1_000_000
        self._updated = array("Q", range(FIRST_LISTED, FIRST_LISTED + stones * step, step))
        self._numbers = array("I", sorted(range(stones), key=self._per_carat))
        self._prices = array("d", map(self._per_carat, self._numbers))
        self._found: dict[Wanted, array[int]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def count(self, wanted: Wanted) -> int:
        if wanted.updated_from is None:
            start, end = self._stretch(wanted)
            return end - start
        return len(self.find(wanted))

    def find(self, wanted: Wanted) -> "array[int]":
        """The numbers of the stones, oldest listing first."""
        found = self._found.get(wanted)
        if found is None:
            found = array("I", sorted(self._matching(wanted)))
            self._found = dict(list(self._found.items())[1 - REMEMBERED :]) | {wanted: found}
        return found

    def stone(self, number: int) -> Stone | None:
        if not 0 <= number < len(self._cents):
            return None
        return Stone(
            number,
            self._cents[number],
            self._hundredths[number],
            self._states[number],
            self._revisions[number],
        )

    def put(self, number: int, state: int) -> None:
        """Move a stone: only what is available is listed."""
        if (self._states[number] == AVAILABLE) != (state == AVAILABLE):
            self._index(number) if state == AVAILABLE else self._unindex(number)
        self._states[number] = state

    def reprice(self, number: int, cents: int, at: int) -> None:
        self._unindex(number)
        self._cents[number] = max(1, cents)
        self._revisions[number] = (self._revisions[number] + 1) % 256
        self._updated[number] = at
        self._index(number)

    def add(self, cents: int, hundredths: int, at: int) -> int:
        """List a new stone, the newest of all."""
        number = len(self._cents)
        self._cents.append(cents)
        self._hundredths.append(hundredths)
        self._states.append(AVAILABLE)
        self._revisions.append(0)
        self._updated.append(at)
        self._index(number)
        return number

    def some(self, stones: int, dice: Random) -> list[int]:
        """Some that are on the shelf."""
        return dice.sample(list(self._numbers), min(stones, len(self._numbers)))

    def numbers(self) -> Iterable[int]:
        return range(len(self._cents))

    def _per_carat(self, number: int) -> float:
        """In dollars: cents by hundredths of a carat; exact where it is a whole number."""
        return self._cents[number] / self._hundredths[number]

    def _stretch(self, wanted: Wanted) -> tuple[int, int]:
        start = bisect_left(self._prices, wanted.low)
        return start, max(start, bisect_right(self._prices, wanted.high))

    def _matching(self, wanted: Wanted) -> Iterable[int]:
        start, end = self._stretch(wanted)
        numbers = self._numbers[start:end]
        since = wanted.updated_from
        if since is None:
            return numbers
        return (number for number in numbers if self._updated[number] >= since)

    def _index(self, number: int) -> None:
        place = bisect_left(self._prices, self._per_carat(number))
        self._prices.insert(place, self._per_carat(number))
        self._numbers.insert(place, number)
        self._found.clear()

    def _unindex(self, number: int) -> None:
        place = bisect_left(self._prices, self._per_carat(number))
        while self._numbers[place] != number:
            place += 1
        del self._prices[place], self._numbers[place]
        self._found.clear()
