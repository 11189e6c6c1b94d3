"""Search over the columns in memory: the same answers as `catalogue`, in milliseconds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.diamonds import columns
from shared.diamonds.columns import LAST, Block, Mask
from shared.diamonds.filters import Condition
from shared.diamonds.hits import (
    HISTOGRAMS,
    CountMode,
    Facets,
    Hits,
    Loosened,
    Place,
    Total,
    nearest,
)
from shared.diamonds.shelf import View
from shared.diamonds.sorting import Cursor, Order, SortBy
from shared.price_lists.model import Terms

LEAST_LOOKED_AT = 1_024


class Memory:
    """With terms all prices are those of their list: what is shown is filtered and sorted by."""

    def __init__(
        self, view: View, conditions: Sequence[Condition], terms: Terms | None = None
    ) -> None:
        self._sieves = [
            _Sieve.of(view.base.at(terms), view.alive, conditions),
            _Sieve.of(view.changed.at(terms), None, conditions),
        ]

    def page(
        self, order: tuple[SortBy, Order], limit: int, *, skip: int, cursor: Cursor | None
    ) -> Hits:
        back = cursor is not None and cursor.back
        parts = [
            (sieve.block, sieve.first(order, skip + limit + 1, cursor)) for sieve in self._sieves
        ]
        found = _merged(parts, order, back=back)[skip : skip + limit + 1]
        return nearest(_places(found, order[0]), limit, back=back)

    def total(self, count: CountMode) -> Total:  # noqa: ARG002 - counting exactly costs nothing here
        return Total(sum(sieve.stones for sieve in self._sieves), exact=True)

    def loosened(self) -> Loosened | None:
        stones: Counter[str] = Counter()
        for sieve in self._sieves:
            for name in sieve.masks:
                stones[name] += int(np.count_nonzero(sieve.without(name)))
        best = max(stones.items(), key=lambda each: each[1], default=("", 0))
        return Loosened(*best) if best[1] else None

    def facets(self, names: Sequence[str]) -> Facets:
        counts: dict[str, dict[str | None, int]] = {}
        for name in names:
            found: Counter[str | None] = Counter()
            for sieve in self._sieves:
                found.update(sieve.counted(name))
            counts[name] = dict(sorted(found.items(), key=_most_first))
        histograms = {
            name: sum(sieve.histogram(name) for sieve in self._sieves) for name in HISTOGRAMS
        }
        return Facets(
            self.total("exact").stones,
            counts,
            {name: [int(each) for each in histogram] for name, histogram in histograms.items()},
        )


@dataclass(frozen=True)
class _Sieve:
    """Which stones of a block each filter lets through."""

    block: Block
    alive: Mask
    masks: dict[str, Mask]
    through: Mask
    stones: int

    @classmethod
    def of(cls, block: Block, alive: Mask | None, conditions: Sequence[Condition]) -> "_Sieve":
        every = np.ones(block.size, np.bool_) if alive is None else alive
        masks: dict[str, Mask] = {}
        for condition in conditions:
            mask, name = block.matching(condition), condition.filter.name
            masks[name] = masks[name] & mask if name in masks else mask
        through = _both(every, masks.values())
        return cls(block, every, masks, through, int(np.count_nonzero(through)))

    def without(self, name: str) -> Mask:
        """What all the other filters let through."""
        if name not in self.masks:
            return self.through
        return _both(self.alive, (mask for other, mask in self.masks.items() if other != name))

    def first(self, order: tuple[SortBy, Order], most: int, cursor: Cursor | None) -> Any:
        """Positions of the first stones from a place on; looks only as far as it has to."""
        wanted = min(most, self.stones)
        if not wanted:
            return np.empty(0, np.int64)
        line = self.block.beyond(cursor) if cursor else self.block.line(*order)
        at = 0
        step = max(LEAST_LOOKED_AT, 2 * wanted * self.block.size // self.stones)
        found: list[Any] = []
        missing = wanted
        while missing > 0 and at < len(line):
            part = line[at : at + step]
            part = part[self.through[part]][:missing]
            found.append(part)
            missing, at, step = missing - len(part), at + step, 2 * step
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def counted(self, name: str) -> dict[str | None, int]:
        texts = self.block.lexicon.texts[name]
        counts = np.bincount(self.block.words[name][self.without(name)], minlength=len(texts))
        return {text: int(count) for text, count in zip(texts, counts, strict=True) if count}

    def histogram(self, name: str) -> Any:
        buckets = self.block.buckets(name)[self.without(name)]
        return np.bincount(buckets, minlength=len(HISTOGRAMS[name]) + 2)


def _both(every: Mask, masks: Iterable[Mask]) -> Mask:
    """What is in all of them; one array is written again and again."""
    through = every.copy()
    for mask in masks:
        through &= mask
    return through


def _merged(
    parts: Sequence[tuple[Block, Any]], order: tuple[SortBy, Order], *, back: bool
) -> list[tuple[Block, int]]:
    """The stones of several blocks in one order, or from its end."""
    filled = [(block, found) for block, found in parts if len(found)]
    places = [(block, int(at)) for block, found in filled for at in found]
    if len(filled) < 2:  # noqa: PLR2004 - one is in order already
        return places
    values = np.concatenate([block.values(order[0])[found] for block, found in filled])
    high = np.concatenate([block.high[found] for block, found in filled])
    low = np.concatenate([block.low[found] for block, found in filled])
    known = values.astype(np.int64)
    if order[1] == "desc":
        known, high, low = -known, ~high, ~low
    line = np.lexsort((low, high, np.where(values < 0, LAST, known)))
    return [places[at] for at in (line[::-1] if back else line)]


def _places(found: Sequence[tuple[Block, int]], sort_by: SortBy) -> list[Place]:
    values = {id(block): block.values(sort_by) for block, _ in found}
    return [
        Place(block.id(at), columns.told(sort_by, int(values[id(block)][at])))
        for block, at in found
    ]


def _most_first(counted: tuple[str | None, int]) -> tuple[int, bool, str]:
    text, stones = counted
    return -stones, text is None, text or ""
