"""Finding stones: exactly those that match, in total orders, without a gap between pages."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest
from psycopg import Connection

from shared.diamonds import filters, grading, search, stones
from shared.diamonds.hits import Loosened, Total
from shared.diamonds.sorting import Order, SortBy, decoded
from shared.ingestion import queries
from shared.ingestion.writing import restage
from shared.platform.errors import Invalid
from tests.support.feeds import ShelfFeed, listing

SHAPES = ("ROUND", "OVAL", "OLD MINER")


@pytest.fixture
def stocked(conn: Connection) -> Connection:
    """Three hundred varied stones, many alike, some with unknown grades and weights."""
    dice = random.Random(4)
    stones = [
        ShelfFeed()
        .stone(listing(number))
        ._replace(
            shape=dice.choice(SHAPES),
            color=dice.choice([None, "D", "G", "Z", "FANCY"]),
            clarity=dice.choice([None, "IF", "VS1", "I3"]),
            cut=dice.choice([None, "EX", "VG"]),
            carats=dice.choice([None, Decimal("1.00"), Decimal("1.50"), Decimal("2.01")]),
            lab_grown=dice.random() < 0.5,
            feed_price=Decimal(dice.choice([100, 100, 250, 999])),
        )
        for number in range(300)
    ]
    restage(conn, ShelfFeed(), stones)
    queries.consolidate_batch(conn, feed="shelf", limit=1_000)
    return conn


def wanted(**asked: Any) -> search.Search:
    standard: dict[str, Any] = {"conditions": (), "sort_by": "price", "order": "asc", "limit": 50}
    return search.Search(**(standard | asked))


def found(conn: Connection, **asked: Any) -> list[dict[str, Any]]:
    return [json.loads(stone) for stone in search.search(conn, wanted(**asked)).stones]


def walk(conn: Connection, sort_by: SortBy, order: Order, limit: int) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        asked = wanted(sort_by=sort_by, order=order, limit=limit, cursor=cursor)
        page = search.search(conn, asked)
        assert page.total == Total(300, exact=True)
        yield from map(json.loads, page.stones)
        if page.next_cursor is None:
            return
        cursor = decoded(page.next_cursor, sort_by, order)


@pytest.mark.parametrize("sort_by", get_args(SortBy))
@pytest.mark.parametrize("order", get_args(Order))
def test_every_order_walked_to_its_end_shows_every_stone_once(
    stocked: Connection, sort_by: SortBy, order: Order
) -> None:
    ids = [stone["id"] for stone in walk(stocked, sort_by, order, 7)]

    assert len(ids) == 300
    assert len(set(ids)) == 300


@pytest.mark.parametrize("sort_by", get_args(SortBy))
@pytest.mark.parametrize("order", get_args(Order))
def test_every_order_walked_to_its_end_and_back_shows_the_same_pages(
    stocked: Connection, sort_by: SortBy, order: Order
) -> None:
    def page(cursor: str | None) -> search.Found:
        place = decoded(cursor, sort_by, order) if cursor else None
        return search.search(
            stocked, wanted(sort_by=sort_by, order=order, limit=7, cursor=place, count="none")
        )

    there = [page(None)]
    while there[-1].next_cursor:
        there.append(page(there[-1].next_cursor))
    back = [there[-1]]
    while back[-1].previous_cursor:
        back.append(page(back[-1].previous_cursor))

    assert len(there) == 43
    assert back == there[::-1]


def test_a_page_says_what_is_beside_it_though_its_cursor_s_stone_is_sold(
    stocked: Connection,
) -> None:
    on_sale = filters.conditions({})
    ids = [stone["id"] for stone in found(stocked, conditions=on_sale, limit=4)]
    first = search.search(stocked, wanted(conditions=on_sale, limit=2, fields=["id"]))
    assert first.next_cursor
    after = decoded(first.next_cursor, "price", "asc")
    stocked.execute("UPDATE diamonds SET own_availability = 'sold' WHERE id = ANY(%s)", [ids[:2]])

    second = search.search(
        stocked, wanted(conditions=on_sale, limit=2, fields=["id"], cursor=after)
    )

    assert [json.loads(stone)["id"] for stone in second.stones] == ids[2:]
    assert second.more
    assert second.previous_cursor is None


@pytest.mark.parametrize("order", get_args(Order))
def test_unknown_weights_come_last_in_either_direction(stocked: Connection, order: Order) -> None:
    carats = [stone["carats"] for stone in walk(stocked, "carats", order, 11)]
    known = [weight for weight in carats if weight is not None]

    assert known == sorted(known, reverse=order == "desc")
    assert carats[len(known) :] == [None] * (300 - len(known))


def test_grades_are_sorted_by_rank_not_by_letter(stocked: Connection) -> None:
    clarities = [stone["clarity"] for stone in walk(stocked, "clarity", "asc", 50)]
    ranks = [grading.CLARITIES.index(c) if c else 1_000 for c in clarities]

    assert ranks == sorted(ranks)


@pytest.mark.parametrize("order", get_args(Order))
def test_unranked_grades_come_last_in_either_direction(stocked: Connection, order: Order) -> None:
    colors = [stone["color"] for stone in walk(stocked, "color", order, 13)]
    known = [color in grading.COLORS for color in colors]

    assert known == sorted(known, reverse=True)


def test_a_page_is_the_same_by_number_and_by_cursor(stocked: Connection) -> None:
    by_cursor = list(walk(stocked, "carats", "desc", 20))

    by_number = [
        stone
        for skip in range(0, 300, 20)
        for stone in found(stocked, sort_by="carats", order="desc", limit=20, skip=skip)
    ]
    assert by_number == by_cursor


def test_an_estimate_counts_exactly_as_far_as_it_counts(stocked: Connection) -> None:
    estimated = search.search(stocked, wanted(count="estimated"))
    uncounted = search.search(stocked, wanted(count="none"))

    assert estimated.total == Total(300, exact=True)
    assert (uncounted.total, uncounted.more) == (None, True)


def test_when_nothing_matches_the_filter_in_the_way_is_named(stocked: Connection) -> None:
    asked = {"shape": ["HEART"], "carat_min": Decimal(1), "color": ["D"]}

    nothing = search.search(stocked, wanted(conditions=filters.conditions(asked)))

    there = [s for s in walk(stocked, "price", "asc", 50) if s["color"] == "D" and s["carats"]]
    assert nothing.loosened == Loosened("shape", len(there))


def test_only_the_fields_asked_for_are_answered(stocked: Connection) -> None:
    (stone,) = found(stocked, limit=1, fields=("id", "price_per_carat"))

    assert list(stone) == ["id", "pricePerCarat"]


def test_a_stone_on_hold_is_not_on_sale_but_can_be_looked_at(stocked: Connection) -> None:
    stone = next(walk(stocked, "price", "asc", 1))
    stocked.execute("UPDATE diamonds SET own_availability = 'on_hold' WHERE id = %s", [stone["id"]])

    on_sale = filters.conditions({})
    left = search.search(stocked, wanted(conditions=on_sale)).total
    assert left == Total(299, exact=True)
    assert stones.get(stocked, stone["id"])["availability"] == "on_hold"


def test_a_stone_taken_off_the_list_is_not_found(stocked: Connection) -> None:
    stone = next(walk(stocked, "price", "asc", 1))
    stocked.execute(
        "UPDATE diamonds SET status = 'deleted', deleted_at = now() WHERE id = %s", [stone["id"]]
    )

    with pytest.raises(stones.DiamondNotFound, match=str(stone["id"])):
        stones.get(stocked, stone["id"])
    with pytest.raises(stones.DiamondNotFound):
        stones.get(stocked, UUID(int=0))


def test_what_the_public_sees_names_neither_cost_nor_markup_nor_supplier(
    stocked: Connection,
) -> None:
    stone = next(walk(stocked, "price", "asc", 1))

    hidden = ("feed", "supplier", "cost", "markup", "offer", "rule")
    assert not [name for name in stone if any(word in name for word in hidden)]


@pytest.mark.parametrize("text", ["", "x", "!!!!", "bm90IGpzb24", "WzEsMiwzLDRd", "W10", "é"])
def test_a_cursor_from_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        decoded(text, "price", "asc")


def test_a_cursor_belongs_to_the_order_it_was_made_in(stocked: Connection) -> None:
    page = search.search(stocked, wanted(limit=1))
    assert page.next_cursor

    with pytest.raises(Invalid) as refused:
        decoded(page.next_cursor, "carats", "asc")
    assert refused.value.fields == {"cursor": "made for sort_by=price, sort_order=asc"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [("very good", "VG"), ("Very_Good", "VG"), ("EXCELLENT", "EX"), ("ex", "EX"), ("vs1", "VS1")],
)
def test_grades_are_understood_as_people_type_them(typed: str, code: str) -> None:
    assert grading.code(typed) == code


def test_shapes_are_understood_as_people_type_them() -> None:
    assert grading.name(" old  miner ") == "OLD MINER"
    assert grading.name("old_miner") == "OLD MINER"
