"""Every order walked to its end and back while stones change: nothing twice, nothing missed."""

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


def walk(sort_by: SortBy, order: Order) -> Iterator[tuple[str, str]]:
    """To the end and back again: which way, and the stone met."""
    way, cursor = "there", None
    while True:
        asked: dict[str, Any] = {"limit": 60, "cursor": cursor, "count": "none", "fields": ("id",)}
        wanted = search.Search(filters.conditions({}), sort_by, order, **asked)
        with db.transaction() as conn:
            version = queries.current_version(conn).version
            page = search.search(conn, wanted, version=version)
        yield from ((way, json.loads(stone)["id"]) for stone in page.stones)
        if way == "there" and page.next_cursor is None:
            yield from (("back", json.loads(stone)["id"]) for stone in page.stones)
            way = "back"
        beside = page.next_cursor if way == "there" else page.previous_cursor
        if beside is None:
            return
        cursor = decoded(beside, sort_by, order)


@pytest.mark.timeout(300)
def test_what_does_not_change_is_met_exactly_once_in_every_order(stones: list[Stone]) -> None:
    with changing():
        for sort_by in get_args(SortBy):
            for order in get_args(Order):
                met = [each for each in walk(sort_by, order) if each[1] in UNCHANGED]
                for way in ("there", "back"):
                    stones_met = [stone for went, stone in met if went == way]
                    assert len(stones_met) == len(UNCHANGED), (sort_by, order, way)
                    assert set(stones_met) == UNCHANGED, (sort_by, order, way)
