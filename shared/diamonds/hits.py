"""What a search answers, whoever answers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

from shared.diamonds.sorting import Cursor, Order, SortBy

CountMode = Literal["exact", "estimated", "none"]
COUNTED_TO = 10_000
"""How far an estimate counts exactly."""

CARAT_EDGES = (
    25,
    30,
    40,
    50,
    60,
    70,
    80,
    90,
    100,
    120,
    150,
    170,
    200,
    250,
    300,
    400,
    500,
    700,
    1000,
)
HISTOGRAMS: Mapping[str, tuple[Decimal, ...]] = {
    "price": tuple(
        Decimal(digits * 10**power) for power in range(1, 5) for digits in (10, 15, 20, 30, 50, 70)
    ),
    "carat": tuple(Decimal(hundredths) / 100 for hundredths in CARAT_EDGES),
}
"""Where the buckets behind a slider begin: each is [from, to), the first and last are open."""


class Place(NamedTuple):
    """A stone and its value in the order asked for."""

    diamond_id: UUID
    value: Any


@dataclass(frozen=True)
class Hits:
    places: Sequence[Place]
    """In the order asked for, whichever way they were read."""
    more: bool
    """Whether there are others farther on, the way they were read."""


def nearest(found: Sequence[Place], limit: int, *, back: bool) -> Hits:
    """A page of what was found from its cursor on, nearest first, and one more if there is."""
    places = found[:limit]
    return Hits(places[::-1] if back else places, more=len(found) > limit)


@dataclass(frozen=True)
class Total:
    stones: int
    exact: bool
    """Otherwise there are at least so many."""


@dataclass(frozen=True)
class Loosened:
    """The filter whose removal finds most stones."""

    filter: str
    stones: int


@dataclass(frozen=True)
class Facets:
    total: int
    counts: Mapping[str, Mapping[str | None, int]]
    """Of each filter: stones for each value, None what is unknown."""
    histograms: Mapping[str, Sequence[int]]
    """Of each slider: stones in each bucket, the last those whose value is unknown."""


class Engine(Protocol):
    """Answers one search, from SQL or from memory, with the same figures."""

    def page(
        self, order: tuple[SortBy, Order], limit: int, *, skip: int, cursor: Cursor | None
    ) -> Hits: ...

    def total(self, count: CountMode) -> Total: ...

    def loosened(self) -> Loosened | None: ...

    def facets(self, names: Sequence[str]) -> Facets: ...
