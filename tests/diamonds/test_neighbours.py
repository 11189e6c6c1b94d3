"""Stones beside a stone: each list is what a slow look at the whole catalogue would give."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from shared.diamonds import frontier, grading, neighbours, stones
from shared.diamonds.stones import Stone
from shared.platform.money import round_cents
from tests.support.offers import put_many_on_sale, put_on_sale

FAR = 99


@pytest.fixture
def catalogue(conn: Connection) -> list[Stone]:
    ids = put_many_on_sale(conn, 600)
    return stones.several(conn, ids)


def apart(scale: Iterable[str], one: str | None, other: str | None) -> int:
    if one is None and other is None:
        return 0
    if one is None or other is None:
        return FAR
    places = list(scale)
    return abs(places.index(one) - places.index(other))


def gaps(one: Stone, other: Stone) -> tuple[int, int, int]:
    return (
        apart(grading.COLORS, one["color"], other["color"]),
        apart(grading.CLARITIES, one["clarity"], other["clarity"]),
        apart(grading.CUTS, one["cut"], other["cut"]),
    )


def same_kind(one: Stone, catalogue: Iterable[Stone]) -> list[Stone]:
    return [
        other
        for other in catalogue
        if other["availability"] == "available"
        and other["id"] != one["id"]
        and (other["shape"], other["lab_grown"]) == (one["shape"], one["lab_grown"])
    ]


def distance(one: Stone, other: Stone) -> Decimal:
    color, clarity, cut = gaps(one, other)
    weight = 100 * abs(other["carats"] / one["carats"] - 1)
    return round_cents(6 * color + 6 * clarity + 4 * cut + weight)


def test_ranks_in_sql_are_the_scales_of_the_trade(conn: Connection) -> None:
    for function, scale in {
        "color_rank_v1": grading.COLORS,
        "clarity_rank_v1": grading.CLARITIES,
        "cut_rank_v1": grading.CUTS,
        "fluorescence_rank_v1": grading.FLUORESCENCES,
    }.items():
        query = f"SELECT {function}(grade) FROM unnest(%s::text[]) AS grade".encode()
        ranks = [rank for (rank,) in conn.execute(query, [list(scale)]).fetchall()]
        assert ranks == [*range(1, len(scale) + 1)]


def test_similar_stones_are_the_nearest_by_the_documented_distance(
    conn: Connection, catalogue: list[Stone]
) -> None:
    for stone in catalogue[:40]:
        expected = sorted(
            distance(stone, other)
            for other in same_kind(stone, catalogue)
            if max(gaps(stone, other)) <= 3
            and abs(other["carats"] / stone["carats"] - 1) <= Decimal("0.2")
        )

        found = neighbours.similar(conn, stone, limit=10)

        assert [other["distance"] for other in found] == expected[:10]
        assert [distance(stone, other) for other in found] == expected[:10]


def test_a_deal_is_scored_against_comparable_stones_on_sale(
    conn: Connection, catalogue: list[Stone]
) -> None:
    scored = 0
    for stone in catalogue[:40]:
        told = neighbours.deal(conn, stone)
        assert told is not None
        peers = peers_of(stone, catalogue, told["grades_apart"])
        assert told["peers"] == len(peers)
        if told["grades_apart"]:
            assert len(peers_of(stone, catalogue, told["grades_apart"] - 1)) < 20
        if told["score"] is None:
            assert len(peers) < 20
            continue
        own = stone["price"] / stone["carats"]
        beaten = sum(peer > own for peer in peers) + Decimal(sum(p == own for p in peers)) / 2
        assert told["score"] == round(beaten * 100 / len(peers))
        assert min(peers) <= told["median"] <= max(peers)
        scored += 1
    assert scored


def peers_of(stone: Stone, catalogue: Iterable[Stone], grades: int) -> list[Decimal]:
    def band(carats: Decimal) -> int:
        return sum(carats >= Decimal(edge) for edge in ("0.9", "1", "1.5"))

    return [
        other["price"] / other["carats"]
        for other in same_kind(stone, catalogue)
        if max(gaps(stone, other)) <= grades
        and Decimal("0.9") <= other["carats"] / stone["carats"] <= Decimal("1.1")
        and band(other["carats"]) == band(stone["carats"])
    ]


def test_a_score_is_hidden_below_twenty_peers(conn: Connection) -> None:
    alone = stones.get(conn, put_on_sale(conn, shape="HEART"))

    assert neighbours.deal(conn, alone) == {
        "peers": 0,
        "dearer": 0,
        "equal": 0,
        "lower_quartile": None,
        "median": None,
        "upper_quartile": None,
        "grades_apart": 2,
        "score": None,
        "below_median_pct": None,
    }


def test_a_cheap_stone_among_its_likes_is_a_deal(conn: Connection) -> None:
    cheap = stones.get(conn, put_on_sale(conn, price="4000"))
    for dollars in range(5_000, 5_021):
        put_on_sale(conn, price=Decimal(dollars))

    told = neighbours.deal(conn, cheap)

    assert told is not None
    assert (told["score"], told["peers"], told["grades_apart"]) == (100, 21, 0)
    assert told["median"] == Decimal("5010.00")
    assert told["below_median_pct"] == Decimal("20.2")
    assert (told["lower_quartile"], told["upper_quartile"]) == (Decimal(5_005), Decimal(5_015))


def test_every_offer_on_the_frontier_is_on_sale_not_worse_and_better_or_cheaper(
    conn: Connection, catalogue: list[Stone]
) -> None:
    offered = 0
    for stone in catalogue[:60]:
        for offer, other in frontier.frontier(conn, stone, budget_pct=Decimal(25)):
            offered += 1
            assert other in same_kind(stone, catalogue)
            assert other["price"] <= stone["price"] * Decimal("1.25")
            assert is_not_worse(other, stone)
            assert offer.price_difference == other["price"] - stone["price"]
            assert offer.price_difference < 0 or offer.better
    assert offered > 60


def test_each_step_up_is_the_cheapest_way_there(conn: Connection, catalogue: list[Stone]) -> None:
    for stone in catalogue[:60]:
        offers = frontier.frontier(conn, stone, budget_pct=Decimal(25))
        within = [other for other in same_kind(stone, catalogue) if is_within_reach(stone, other)]
        for grade, scale in {"color": grading.COLORS, "clarity": grading.CLARITIES}.items():
            better = [o["price"] for o in within if apart(scale, o[grade], stone[grade])]
            reached = [o["price"] for offer, o in offers if grade in offer.better]
            assert min(better, default=None) == min(reached, default=None)


def test_the_cheapest_stone_that_is_not_worse_is_offered_first(
    conn: Connection, catalogue: list[Stone]
) -> None:
    for stone in catalogue[:60]:
        offers = frontier.frontier(conn, stone, budget_pct=Decimal(25))
        within = [o["price"] for o in same_kind(stone, catalogue) if is_within_reach(stone, o)]
        if within and min(within) < stone["price"]:
            assert offers[0][1]["price"] == min(within)


def is_not_worse(other: Stone, stone: Stone) -> bool:
    ranks = ("color_rank", "clarity_rank", "cut_rank")
    grades = all((other[rank] or FAR) <= (stone[rank] or FAR) for rank in ranks)
    return bool(grades and other["carats"] >= stone["carats"])


def is_within_reach(stone: Stone, other: Stone) -> bool:
    return (
        is_not_worse(other, stone)
        and max(gaps(stone, other)) <= 3
        and other["carats"] <= stone["carats"] * Decimal("1.1")
        and other["price"] <= stone["price"] * Decimal("1.25")
    )


def test_pairs_match_in_weight_grades_and_outline(conn: Connection) -> None:
    stone = stones.get(conn, put_on_sale(conn))
    matching = put_on_sale(conn, carats=Decimal("1.02"), length_mm=Decimal("6.52"))
    nearer = put_on_sale(conn, carats=Decimal("0.98"))
    others: tuple[dict[str, Any], ...] = (
        {"carats": Decimal("1.03")},
        {"color": "F"},
        {"cut": "VG"},
        {"cut": None},
        {"length_mm": Decimal("6.80")},
        {"feed_availability": "sold"},
        {"lab_grown": True},
        {"fancy_intensity": "Fancy"},
    )
    for other in others:
        put_on_sale(conn, **other)

    found = neighbours.pairs(conn, stone, limit=10)

    assert [other["id"] for other in found] == [nearer, matching]


def slots(conn: Connection, stone: Stone) -> list[Any]:
    found = neighbours.related(conn, stone, Decimal("0.15"))
    return [found[slot] and found[slot]["id"] for slot in neighbours.SLOTS]  # type: ignore[index]


def test_related_stones_are_the_best_rated_the_dearest_and_one_between(conn: Connection) -> None:
    stone = stones.get(conn, put_on_sale(conn))
    best = put_on_sale(conn, rating=9, price="5100")
    dearest = put_on_sale(conn, rating=3, price="9000")
    middle = put_on_sale(conn, rating=7, price="5200", carats=Decimal("0.90"))
    put_on_sale(conn, rating=5)
    put_on_sale(conn, rating=10, cut="VG")
    put_on_sale(conn, rating=10, carats=Decimal("1.16"))
    put_on_sale(conn, rating=10, feed_availability="on_hold")

    assert slots(conn, stone) == [best, dearest, middle]


def test_related_stones_need_not_be_alike_when_too_few_are(conn: Connection) -> None:
    stone = stones.get(conn, put_on_sale(conn))
    assert slots(conn, stone) == [None, None, None]

    same_cut = put_on_sale(conn, rating=6)
    other_clarity = put_on_sale(conn, rating=9, clarity="SI1")
    assert slots(conn, stone) == [other_clarity, same_cut, None]

    other_cut = put_on_sale(conn, rating=8, cut="VG")
    another_cut = put_on_sale(conn, rating=7, cut=None, price="9000")
    assert slots(conn, stone) == [other_cut, another_cut, same_cut]


def test_a_fancy_stone_stands_beside_stones_of_its_own_colour(conn: Connection) -> None:
    pink: dict[str, Any] = {"color": None, "fancy_color": "PINK", "fancy_intensity": "Fancy Vivid"}
    stone = stones.get(conn, put_on_sale(conn, **pink, stone_type="fancy"))
    other = put_on_sale(conn, **pink, stone_type="fancy")
    put_on_sale(conn, **pink | {"fancy_color": "YELLOW"}, stone_type="fancy")
    put_on_sale(conn, **pink | {"fancy_intensity": "Fancy"}, stone_type="fancy")
    put_on_sale(conn)

    assert [found["id"] for found in neighbours.similar(conn, stone, limit=10)] == [other]
