"""Every order walked to its end by cursor while stones change: nothing twice, nothing missed."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, get_args

import pytest

from shared.diamonds import filters, queries, search
from shared.diamonds.shelf import shelf
from shared.diamonds.sorting import Order, SortBy, decoded
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.stones import Stone, invented, stock

STONES = invented(1_500, seed=21)
MOVERS = {str(stone["id"]) for stone in random.Random(1).sample(STONES, 300)}
UNCHANGED = {
    str(stone["id"])
    for stone in STONES
    if str(stone["id"]) not in MOVERS
    and stone["status"] == "active"
    and stone["price"]
    and stone["availability"] == "available"
    and not stone["treated"]
}
CHANGES = (
    """
    UPDATE diamonds SET carats = 0.2 + random() * 9, color = 'E', clarity = 'IF', cut = 'EX',
           length_mm = 5 + random()
     WHERE id = ANY(%s)
    """,
    """
    UPDATE diamond_prices SET price_model_price = 1 + random() * 50000, rating = 1 + random() * 9
     WHERE diamond_id = ANY(%s)
    """,
    "UPDATE diamonds SET own_availability = 'sold' WHERE id = ANY(%s)",
    "UPDATE diamonds SET own_availability = NULL WHERE id = ANY(%s)",
)


@pytest.fixture(params=["memory", "sql"])
def stones(
    request: pytest.FixtureRequest, app_database: str, app_settings: AppSettings
) -> list[Stone]:
    app_settings(SEARCH_IN_MEMORY=str(request.param == "memory"))
    with db.transaction() as conn:
        stock(conn, STONES)
    if request.param == "memory":
        shelf.load().join()
    return STONES


@contextmanager
def changing() -> Iterator[None]:
    """Some stones move about in every order, time and again."""
    over, dice = Event(), random.Random(3)

    def work() -> None:
        while not over.is_set():
            with db.transaction() as conn:
                some = dice.sample(sorted(MOVERS), 60)
                conn.execute(dice.choice(CHANGES).encode(), [some])

    worker = Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def walk(sort_by: SortBy, order: Order) -> Iterator[str]:
    after = None
    while True:
        asked: dict[str, Any] = {"limit": 60, "after": after, "count": "none", "fields": ("id",)}
        wanted = search.Search(filters.conditions({}), sort_by, order, **asked)
        with db.transaction() as conn:
            version = queries.current_version(conn).version
            page = search.search(conn, wanted, version=version)
        yield from (json.loads(stone)["id"] for stone in page.stones)
        if page.next_cursor is None:
            return
        after = decoded(page.next_cursor, sort_by, order)


@pytest.mark.timeout(300)
def test_what_does_not_change_is_met_exactly_once_in_every_order(stones: list[Stone]) -> None:
    with changing():
        for sort_by in get_args(SortBy):
            for order in get_args(Order):
                met = [stone for stone in walk(sort_by, order) if stone in UNCHANGED]
                assert len(met) == len(UNCHANGED), (sort_by, order)
                assert set(met) == UNCHANGED, (sort_by, order)
