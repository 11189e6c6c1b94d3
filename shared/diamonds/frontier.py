"""What a little more money buys, and where as good a stone is cheaper, from today's stock."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from shared.diamonds.neighbours import KIND, grades_around
from shared.diamonds.stones import Stone, rows, several

Grade = Literal["carats", "color", "clarity", "cut"]
RANKS: Mapping[Grade, str] = {"color": "color_rank", "clarity": "clarity_rank", "cut": "cut_rank"}
STEPS = 3
"""Of each grade: one better, two better, three better."""
HEAVIEST = Decimal("1.10")
"""Times the weight of the stone."""
CHEAPER = 5


@dataclass(frozen=True)
class Offer:
    """A stone on the frontier: nothing about it is worse; `better` says what is better by how much.

    Grades count in steps of their scale, carats in carats; a cheaper one's difference is negative.
    """

    diamond_id: UUID
    better: Mapping[Grade, Any]
    price_difference: Decimal


def frontier(conn: Connection, stone: Stone, *, budget_pct: Decimal) -> list[tuple[Offer, Stone]]:
    """Offers with their stones: what is cheaper first, then what is dearer and better."""
    if not stone["carats"]:
        return []
    offers = offers_beside(stone, _candidates(conn, stone, budget_pct))
    found = {other["id"]: other for other in several(conn, [o.diamond_id for o in offers])}
    return [(offer, found[offer.diamond_id]) for offer in offers if offer.diamond_id in found]


def offers_beside(stone: Stone, candidates: Sequence[Stone]) -> list[Offer]:
    """The best of `candidates`: in no grade worse than the stone, and better in one or cheaper."""
    known = sorted(candidates, key=_cheapest_then_best)
    picked: dict[UUID, Stone] = {}
    cheaper = (other for other in known if other["price"] < stone["price"])
    for other in (*_undominated(cheaper, CHEAPER), *_steps_up(stone, known)):
        picked[other["id"]] = other
    offers = [_offer(stone, other) for other in sorted(picked.values(), key=_cheapest_then_best)]
    return [offer for offer in offers if offer.better or offer.price_difference < 0]


def _steps_up(stone: Stone, known: Sequence[Stone]) -> Iterator[Stone]:
    """For each step of each grade the cheapest that reaches it."""
    for rank in RANKS.values():
        for step in range(1, STEPS + 1):
            yield from _first(o for o in known if stone[rank] and o[rank] <= stone[rank] - step)
    yield from _first(other for other in known if other["carats"] > stone["carats"])


def _first(stones: Iterable[Stone]) -> Iterator[Stone]:
    found = next(iter(stones), None)
    if found is not None:
        yield found


def _undominated(stones: Iterable[Stone], most: int) -> list[Stone]:
    """Cheapest first; a dearer one only if it is better in something than all before it."""
    kept: list[Stone] = []
    for other in stones:
        if not any(_is_as_good(before, other) for before in kept):
            kept.append(other)
        if len(kept) == most:
            break
    return kept


def _is_as_good(one: Stone, other: Stone) -> bool:
    ranks = RANKS.values()
    grades = all((one[rank] or 99) <= (other[rank] or 99) for rank in ranks)
    return grades and bool(one["carats"] >= other["carats"])


def _cheapest_then_best(stone: Stone) -> tuple[Any, ...]:
    ranks = [stone[rank] or 99 for rank in RANKS.values()]
    return stone["price"], *ranks, -stone["carats"], stone["id"]


def _offer(stone: Stone, other: Stone) -> Offer:
    better: dict[Grade, Any] = {
        grade: stone[rank] - other[rank]
        for grade, rank in RANKS.items()
        if stone[rank] and other[rank] < stone[rank]
    }
    if other["carats"] > stone["carats"]:
        better["carats"] = other["carats"] - stone["carats"]
    return Offer(other["id"], better, other["price"] - stone["price"])


def _candidates(conn: Connection, stone: Stone, budget_pct: Decimal) -> list[Stone]:
    return rows(
        conn,
        "not_worse_stones",
        **{name: stone[name] for name in KIND},
        **grades_around(stone, worse=0, better=STEPS),
        carats_to=stone["carats"] * HEAVIEST,
        price_to=stone["price"] * (1 + budget_pct / 100),
    )
