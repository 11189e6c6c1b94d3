"""Filtered, sorted and counted by the prices that are shown: exactly, from memory and by SQL."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.currency.conversion import converted, dollars_at_least, dollars_at_most
from shared.currency.model import dollar
from shared.diamonds import filters, hits, queries, search
from shared.diamonds.shelf import shelf
from shared.diamonds.sorting import Order, SortBy, decoded
from shared.platform import clock, db
from shared.price_lists import asking
from shared.price_lists.model import Terms
from tests.conftest import AppSettings
from tests.support.price_lists import per_carat
from tests.support.stones import Stone, invented, stock

STONES = [
    stone | {"availability": "available", "treated": False, "status": "active"}
    for stone in invented(1_200, seed=31)
    if stone["price"]
]
LISTS = [Terms(-750, 2), Terms(-2515, 0), Terms(333, 2), Terms(1250, 0)]
Shown = tuple[Decimal, Decimal | None, UUID]


@pytest.fixture(params=["memory", "sql"], autouse=True)
def _stones(request: pytest.FixtureRequest, app_database: str, app_settings: AppSettings) -> None:
    """Some of them changed after they were loaded."""
    app_settings(SEARCH_IN_MEMORY=str(request.param == "memory"))
    with db.transaction() as conn:
        stock(conn, STONES)
    if request.param == "memory":
        shelf.load().join()
    with db.transaction() as conn:
        conn.execute("UPDATE diamond_prices SET rating = 3 WHERE price_model_price < 9000")


def shown(terms: Terms) -> dict[UUID, Shown]:
    """By brute force."""
    found = {}
    for stone in STONES:
        price = terms.price(stone["price"])
        carats = stone["carats"]
        found[stone["id"]] = (price, per_carat(price, carats) if carats else None, stone["id"])
    return found


def searched(asked: dict[str, Any], sort_by: SortBy = "price", order: Order = "asc") -> list[Stone]:
    return [stone for page in pages(asked, sort_by, order) for stone in page]


def pages(asked: dict[str, Any], sort_by: SortBy, order: Order) -> Iterator[list[Stone]]:
    cursor = None
    while True:
        wanted = search.Search(
            filters.conditions(asked),
            sort_by,
            order,
            limit=37,
            cursor=cursor,
            fields=("id", "price", "price_per_carat"),
        )
        with db.transaction() as conn:
            version = queries.current_version(conn).version
            page = search.search(conn, wanted, version=version)
        yield [json.loads(stone, parse_float=Decimal) for stone in page.stones]
        if page.next_cursor is None:
            return
        cursor = decoded(page.next_cursor, sort_by, order)


@pytest.mark.parametrize("terms", LISTS)
def test_bounds_select_exactly_what_is_shown_within_them(terms: Terms) -> None:
    dice, prices = random.Random(terms.points), shown(terms)
    with asking.shown_at(terms):
        for _ in range(25):
            price, by_carat, _stone = dice.choice(list(prices.values()))
            low = price - Decimal(dice.choice(["0", "0.01", "0.005", "700"]))
            high = (by_carat or price) + Decimal(dice.choice(["0", "-0.01", "0.001", "900"]))
            asked = {"price_min": low, "price_per_carat_max": high}

            found = {UUID(stone["id"]) for stone in searched(asked)}

            assert found == {
                stone
                for price, by_carat, stone in prices.values()
                if price >= low and by_carat is not None and by_carat <= high
            }


@pytest.mark.parametrize("terms", LISTS)
def test_bounds_in_a_currency_select_what_is_shown_in_it(terms: Terms) -> None:
    dice, prices = random.Random(terms.points), shown(terms)
    rate = dollar(clock.now()).model_copy(update={"quote": "JPY", "rate": Decimal("154.237")})
    yen = {stone: converted(price, rate) for stone, (price, _, _) in prices.items()}
    with asking.shown_at(terms):
        for _ in range(10):
            low, high = sorted(dice.choice(list(yen.values())) for _ in range(2))
            asked = {
                "price_min": dollars_at_least(low, rate),
                "price_max": dollars_at_most(high, rate),
            }

            found = {UUID(stone["id"]) for stone in searched(asked)}

            assert found == {stone for stone, amount in yen.items() if low <= amount <= high}


@pytest.mark.parametrize("terms", LISTS)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_orders_and_cursors_go_by_the_prices_that_are_shown(terms: Terms, order: Order) -> None:
    prices, back = shown(terms), order == "desc"
    with asking.shown_at(terms):
        by_price = searched({}, "price", order)
        by_carat = searched({}, "price_per_carat", order)

    told = [(stone["price"], stone["pricePerCarat"], UUID(stone["id"])) for stone in by_price]
    assert told == sorted(prices.values(), key=lambda each: (each[0], each[2]), reverse=back)
    known = [each for each in prices.values() if each[1] is not None]
    unknown = [each for each in prices.values() if each[1] is None]
    expected = [
        *sorted(known, key=lambda each: (each[1], each[2]), reverse=back),
        *sorted(unknown, key=lambda each: each[2], reverse=back),
    ]
    assert [UUID(stone["id"]) for stone in by_carat] == [each[2] for each in expected]


@pytest.mark.parametrize("terms", LISTS)
def test_histograms_count_the_prices_that_are_shown(terms: Terms) -> None:
    edges = hits.HISTOGRAMS["price"]
    with asking.shown_at(terms), db.transaction() as conn:
        version = queries.current_version(conn).version
        counted = search.facets(conn, filters.conditions({}), ["shape"], version=version)

    expected = [0] * (len(edges) + 2)
    for price, _, _ in shown(terms).values():
        expected[sum(price >= edge for edge in edges)] += 1
    assert list(counted.histograms["price"]) == expected


def test_lists_do_not_disturb_each_other_nor_the_retail_price() -> None:
    for terms in [*LISTS, *(Terms(-points, 2) for points in range(1, 12)), *LISTS]:
        with asking.shown_at(terms):
            (listed, *_) = next(pages({}, "price", "asc"))
        (retail, *_) = next(pages({}, "price", "asc"))

        assert listed["price"] == min(terms.price(stone["price"]) for stone in STONES)
        assert retail["price"] == min(stone["price"] for stone in STONES)
