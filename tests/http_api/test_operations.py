"""What staff see of the system, and what the console answers and refuses."""

from typing import Any

import psycopg
import pytest

from http_api import operations as api
from shared.access.model import Scope
from shared.ingestion import queries
from shared.ingestion.writing import restage
from shared.operations import console
from shared.platform import db
from tests.support.callers import a_key, shown
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call

STAFF = (Scope.SYSTEM_READ, Scope.COSTS_READ)


@pytest.fixture
def staff(app_database: str) -> dict[str, str]:
    """Twelve stones, of which two are sold and one price fell."""
    assert app_database
    with db.transaction() as conn:
        restage(conn, ShelfFeed(), [ShelfFeed().stone(listing(n)) for n in range(12)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
        queries.bump_dataset_version(conn, feed="shelf")
        conn.execute(
            "UPDATE diamonds SET own_availability = 'sold' "
            "WHERE id IN (SELECT id FROM diamonds ORDER BY id LIMIT 2)"
        )
    return shown(a_key(*STAFF))


def ask(staff: dict[str, str], view: str = "diamonds", **asked: Any) -> Answered:
    return call(api.ask_console, "POST", headers=staff, body={"view": view, **asked})


def test_the_status_tells_of_the_database_and_what_waits(staff: dict[str, str]) -> None:
    told = call(api.get_system_status, headers=staff).body["data"]

    assert told["database"]["version"].startswith("18")
    assert told["database"]["migration"] >= "0037"
    assert told["database"]["connections"] >= 1


def test_feeds_in_figures(staff: dict[str, str]) -> None:
    (feed,) = call(api.list_feed_figures, headers=staff).body["data"]

    assert (feed["feed"], feed["stones"], feed["available"], feed["sold"]) == ("shelf", 12, 10, 2)
    assert feed["lowestPrice"] <= feed["averagePrice"] <= feed["highestPrice"]


def test_price_movements_by_day_and_cause(staff: dict[str, str]) -> None:
    with db.transaction() as conn:
        stones = [ShelfFeed().stone(listing(n)) for n in range(12)]
        cheaper = [stone._replace(feed_price=stone.feed_price - 10) for stone in stones[:3]]
        restage(conn, ShelfFeed(), cheaper)
        queries.consolidate_batch(conn, feed="shelf", limit=100)

    (day,) = call(api.list_price_trend, headers=staff, params={"feed": "shelf"}).body["data"]

    assert (day["changes"], day["lowered"], day["raised"]) == (3, 3, 0)
    assert day["averageMovePct"] < 0
    assert day["bySupplier"] == day["moved"] == pytest.approx(-34.5)
    assert call(api.list_price_trend, headers=staff, params={"feed": "x"}).body["data"] == []


def test_the_console_says_what_it_may_be_asked(staff: dict[str, str]) -> None:
    views = call(api.list_console_views, headers=staff).body["data"]

    assert [view["view"] for view in views] == list(console.VIEWS)
    assert {"name": "feed_price", "type": "numeric(12,2)"} in views[0]["columns"]
    assert all(view["columns"] for view in views)


def test_rows_are_filtered_sorted_and_cut(staff: dict[str, str]) -> None:
    found = ask(
        staff,
        select=[{"column": "supplier_stone_id"}, {"column": "price"}],
        where=[
            {"column": "availability", "value": "available"},
            {"column": "price", "operator": "gte", "value": 1},
            {"column": "shape", "operator": "in", "value": ["ROUND", "OVAL"]},
            {"column": "feed", "operator": "ilike", "value": "SHE%"},
            {"column": "deleted_at", "operator": "null", "value": True},
        ],
        orderBy="price",
        descending=True,
        limit=3,
    )

    prices = [row["price"] for row in found.body["data"]]
    assert found.status == 200
    assert len(prices) == 3
    assert prices == sorted(prices, reverse=True)


def test_rows_are_counted_by_group(staff: dict[str, str]) -> None:
    found = ask(
        staff,
        select=[
            {"column": "availability"},
            {"function": "count"},
            {"column": "price", "function": "max"},
        ],
        orderBy="count",
    )

    assert [(row["availability"], row["count"]) for row in found.body["data"]] == [
        ("sold", 2),
        ("available", 10),
    ]


@pytest.mark.parametrize("view", console.VIEWS)
def test_every_view_answers(staff: dict[str, str], view: str) -> None:
    assert ask(staff, view).status == 200


REFUSED: list[dict[str, Any]] = [
    {"view": "api_keys"},
    {"view": "diamonds; DROP TABLE diamonds"},
    {"select": [{"column": "key_hash"}]},
    {"select": [{"column": 'id" FROM api_keys --'}]},
    {"select": [{"column": "price", "function": "pg_sleep"}]},
    {"select": [{"column": "shape", "function": "sum"}]},
    {"select": [{"function": "sum"}]},
    {"select": [{}]},
    {"where": [{"column": "1=1; --", "value": "x"}]},
    {"where": [{"column": "price", "value": "cheap"}]},
    {"where": [{"column": "price", "operator": "or true", "value": "1"}]},
    {"where": [{"column": "deleted_at", "operator": "null", "value": "perhaps"}]},
    {"orderBy": "price; DROP TABLE diamonds", "select": [{"column": "price"}]},
    {"limit": 1_001},
    {"sql": "SELECT 1"},
]


@pytest.mark.parametrize("asked", REFUSED, ids=range(len(REFUSED)))
def test_what_the_console_does_not_know_is_refused(
    staff: dict[str, str], asked: dict[str, Any]
) -> None:
    refused = ask(staff, **asked)

    assert (refused.status, refused.error["code"]) == (400, "VALIDATION_ERROR")


def test_the_console_cannot_write(staff: dict[str, str]) -> None:
    with db.transaction() as conn:
        console.ask(conn, console.Question("runs", [], [], None, descending=False, limit=1))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            conn.execute("DELETE FROM run_metadata")


def test_costs_ask_for_their_permission(app_database: str) -> None:
    nosy = shown(a_key(Scope.SYSTEM_READ))

    assert [ask(nosy, view).status for view in console.WITH_COSTS] == [403, 403]
    assert ask(nosy, "runs").status == 200
