"""How Nivoda's prices are spread: buckets counted in production on 2026-02-12, and what follows."""

from array import array
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple


class Bucket(NamedTuple):
    """So many stones with a value from `low` up to `high`."""

    low: float
    high: float
    stones: int


class Spread(NamedTuple):
    """Every stone's price in US cents and weight in hundredths of a carat."""

    cents: "array[int]"
    hundredths: "array[int]"


def buckets(text: str) -> list[Bucket]:
    """`0:29999 500:103412 1000` reads: 29,999 from 0 to 500, 103,412 from there to 1,000."""
    *pairs, (end,) = [part.split(":") for part in text.split()]
    edges = [*(float(low) for low, _ in pairs), float(end)]
    counts = [int(stones) for _, stones in pairs]
    return [Bucket(*part) for part in zip(edges[:-1], edges[1:], counts, strict=True)]


NATURAL_PER_CARAT = buckets(
    "120:29999 500:103412 1000:96907 1500:58818 2000:36719 2500:23955 3000:16690 3500:12599 "
    "4000:9190 4500:7350 5000:5827 5500:4844 6000:3986 6500:3361 7000:2747 7500:2267 8000:1961 "
    "8500:1841 9000:1627 9500:1424 10000:7334 15000:2270 20000:837 25000:454 30000:550 50000:142 "
    "70000:96 100000:30 160000"
)
NATURAL_TOTAL = buckets(
    "150:100451 500:90198 1000:48195 1500:37391 2000:25684 2500:18940 3000:13959 3500:10695 "
    "4000:8485 4500:6845 5000:33294 10000:12229 15000:6482 20000:11992 50000:2808 100000:1123 "
    "250000"
)
LABGROWN_PER_CARAT = buckets(
    "30:20000 50:230000 100:300000 150:138587 180:36413 210:45000 250:85000 500:33000 1000:10000 "
    "2000:4000 5000:1500 20000:500 100000"
)

LOOSENESS = 0.2
"""How far a stone's rank by whole price may be from its rank by price per carat."""
SMALLEST, LARGEST = 40, 1_500
"""In hundredths of a carat: what a retailer's assortment spans."""


def natural(stones: int, dice: Random) -> Spread:
    """Dearer stones are mostly, not always, the heavier ones: both prices rise roughly together."""
    totals = array("d", quantiles(NATURAL_TOTAL, stones))
    roughly = sorted(range(stones), key=lambda place: place + LOOSENESS * stones * dice.random())
    carats = (
        totals[place] / each
        for place, each in zip(roughly, quantiles(NATURAL_PER_CARAT, stones), strict=True)
    )
    return _shuffled(stones, dice, quantiles(NATURAL_PER_CARAT, stones), carats)


def labgrown(stones: int, dice: Random) -> Spread:
    carats = (0.5 + 4.5 * dice.random() ** 2 for _ in range(stones))
    return _shuffled(stones, dice, quantiles(LABGROWN_PER_CARAT, stones), carats)


def quantiles(spread: Sequence[Bucket], stones: int) -> Iterator[float]:
    """So many values spread like the buckets, ascending and evenly spaced within each."""
    total = sum(bucket.stones for bucket in spread)
    before, number = 0.0, 0
    for low, high, count in spread:
        width, share = (high - low) / count, total / stones
        while number < stones and (place := (number + 0.5) * share - before) < count:
            yield low + width * place
            number += 1
        before += count


def _shuffled(
    stones: int, dice: Random, per_carat: Iterator[float], carats: Iterator[float]
) -> Spread:
    """Stones were listed in no order of their prices."""
    places = list(range(stones))
    dice.shuffle(places)
    spread = Spread(array("Q", bytes(8 * stones)), array("H", bytes(2 * stones)))
    for place, each, weight in zip(places, per_carat, carats, strict=True):
        hundredths = min(LARGEST, max(SMALLEST, round(weight * 100)))
        spread.hundredths[place] = hundredths
        spread.cents[place] = round(each * hundredths)
    return spread
