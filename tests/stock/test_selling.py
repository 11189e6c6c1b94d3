"""Stones of our own are held and bought like any: one client has one, and nobody else is asked."""

from typing import Any

import pytest

from http_api.holds import place_hold
from http_api.purchases import purchase_diamond
from shared.diamonds.model import diamond_id
from shared.feeds import registry
from shared.feeds.model import FeedQuery
from shared.ingestion import queries as ingestion
from shared.ingestion import writing
from shared.platform import db
from shared.stock import queries, reading
from tests.support.callers import a_key, shown
from tests.support.http import Answered, call
from tests.support.shop import WHOLE
from tests.support.stock import csv_of, stones

FEED = "own-stock"


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    """Three stones on sale, and somebody who may buy them."""
    assert app_database
    made = reading.read(csv_of(stones(3)), declared={}, constants={})
    feed = registry.feed(FEED)
    with db.transaction() as conn:
        queries.shelve_lines(conn, made.shelf)
    listed = [feed.stone(item) for item in feed.page(FeedQuery(), WHOLE, 0)]
    with db.transaction() as conn:
        writing.restage(conn, feed, listed)
        ingestion.consolidate_batch(conn, feed=FEED, limit=10)
    return shown(a_key())


def ask(function: Any, key: dict[str, str], number: int, body: dict[str, Any]) -> Answered:
    route = {"diamond_id": str(diamond_id(FEED, f"OWN-{number:05}"))}
    return call(function, "POST", route=route, headers=key, body=body)


def availability(number: int) -> str:
    with db.transaction() as conn:
        found = conn.execute(
            "SELECT availability FROM diamonds WHERE supplier_stone_id = %s", [f"OWN-{number:05}"]
        ).fetchone()
    assert found
    return str(found[0])


def test_a_stone_is_held_once(key: dict[str, str]) -> None:
    first = ask(place_hold, key, 0, {"minutes": 10})
    second = ask(place_hold, key, 0, {"minutes": 10})

    assert (first.status, second.status) == (201, 409)
    assert availability(0) == "on_hold"


def test_a_stone_is_bought_and_no_list_puts_it_back_on_sale(key: dict[str, str]) -> None:
    bought = ask(purchase_diamond, key | {"Idempotency-Key": "k"}, 1, {"reference": "PO-1"})

    assert bought.status == 201, bought.body
    assert bought.body["data"]["orderStatus"] == "completed"
    feed = registry.feed(FEED)
    with db.transaction() as conn:
        again = [feed.stone(item) for item in feed.page(FeedQuery(), WHOLE, 0)]
        writing.restage(conn, feed, again)
        ingestion.consolidate_batch(conn, feed=FEED, limit=10)
    assert availability(1) == "sold"


def test_a_stone_that_left_the_shelf_is_not_held(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        queries.clear_others(conn, keys=["OWN-00000"])

    assert ask(place_hold, key, 2, {"minutes": 10}).status == 409
