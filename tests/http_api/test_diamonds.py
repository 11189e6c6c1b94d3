"""The public catalogue over HTTP: what callers may ask, see, and get wrong."""

from typing import Any
from uuid import uuid4

import pytest
from pydantic.alias_generators import to_camel

from http_api.diamonds import count_facets, search_diamonds
from http_api.stone import get_diamond
from http_api.stone_views import Diamond
from shared.access import service
from shared.access.model import Scope
from shared.diamonds import fields
from shared.ingestion import queries
from shared.ingestion.writing import restage
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.callers import a_key, shown
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    """Twelve stones on sale, and a key that may look at them."""
    assert app_database
    with db.transaction() as conn:
        restage(conn, ShelfFeed(), [ShelfFeed().stone(listing(n)) for n in range(12)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
        issued = service.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])
    return {"X-API-Key": issued.secret}


def search(key: dict[str, str], **params: str) -> Answered:
    return call(search_diamonds, params=params, headers=key)


def test_stones_are_listed_page_by_page(key: dict[str, str]) -> None:
    first = search(key, limit="5")
    second = search(key, limit="5", cursor=first.body["pagination"]["nextCursor"])

    assert first.status == 200
    assert first.body["pagination"] | {"nextCursor": None} == {
        "limit": 5,
        "total": 12,
        "totalIs": "exact",
        "hasMore": True,
        "nextCursor": None,
        "previousCursor": None,
    }
    ids = [stone["id"] for stone in first.body["data"] + second.body["data"]]
    assert len(set(ids)) == 10


def test_the_page_before_is_the_page_that_was_there(key: dict[str, str]) -> None:
    first = search(key, limit="5")
    second = search(key, limit="5", cursor=first.body["pagination"]["nextCursor"])
    by_number = search(key, limit="5", page="2").body["pagination"]["previousCursor"]

    before = second.body["pagination"]["previousCursor"]
    again = search(key, limit="5", cursor=before)

    assert before == by_number
    assert again.body == first.body


def test_money_is_a_json_number_with_two_decimals(key: dict[str, str]) -> None:
    assert b'"price":115.00,' in search(key, limit="1").raw


def test_a_stone_can_be_looked_at_by_its_id(key: dict[str, str]) -> None:
    stone = search(key, limit="1").body["data"][0]

    found = call(get_diamond, route={"diamond_id": stone["id"]}, headers=key)

    assert found.status == 200
    assert stone.items() <= found.body["data"].items()


def test_an_unknown_stone_is_not_found(key: dict[str, str]) -> None:
    missing = call(get_diamond, route={"diamond_id": str(uuid4())}, headers=key)
    nonsense = call(get_diamond, route={"diamond_id": "1 OR 1=1"}, headers=key)

    assert (missing.status, missing.error["code"]) == (404, "DIAMOND_NOT_FOUND")
    assert (nonsense.status, nonsense.error["fields"]) == (400, {"diamond_id": "not a UUID"})


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"colour": "D"}, "colour"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"page": "0"}, "page"),
        ({"page": "202"}, "(all)"),
        ({"page": "2", "cursor": "x"}, "(all)"),
        ({"display_price_max": "100"}, "(all)"),
        ({"count": "roughly"}, "count"),
        ({"fields": "id,cost"}, "fields"),
        ({"availability": "soon"}, "availability"),
        ({"limit": "many"}, "limit"),
        ({"price_min": "-1"}, "price_min"),
        ({"price_min": "NaN"}, "price_min"),
        ({"price_min": "1e-99999"}, "price_min"),
        ({"carat_min": "two"}, "carat_min"),
        ({"price_min": "200", "price_max": "100"}, "(all)"),
        ({"sort_by": "cost"}, "sort_by"),
        ({"sort_order": "up"}, "sort_order"),
        ({"lab_grown": "perhaps"}, "lab_grown"),
        ({"shape": " , "}, "shape"),
        ({"cursor": "nonsense"}, "cursor"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    key: dict[str, str], params: dict[str, str], field: str
) -> None:
    refused = search(key, **params)

    assert (refused.status, refused.error["code"]) == (400, "VALIDATION_ERROR")
    assert list(refused.error["fields"]) == [field]
    assert refused.error["traceId"] == refused.headers["X-Trace-Id"]


def test_an_unknown_filter_is_told_what_there_is(key: dict[str, str]) -> None:
    assert "carat_min" in search(key, colour="D").error["hint"]


def test_lists_may_be_written_with_brackets_and_in_any_case(key: dict[str, str]) -> None:
    assert search(key, **{"shape[]": "round, oval"}).body["pagination"]["total"] == 12


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": ""}, {"X-API-Key": "dop_wrong"}])
def test_nobody_looks_without_a_valid_key(key: dict[str, str], headers: dict[str, str]) -> None:
    refused = call(search_diamonds, headers=headers)

    assert key
    assert (refused.status, refused.error["code"]) == (401, "UNAUTHORIZED")
    assert "X-API-Key" in refused.error["hint"]


@pytest.mark.parametrize("change", ["active = false", "expires_at = now() - interval '1 second'"])
def test_a_revoked_or_expired_key_opens_nothing(key: dict[str, str], change: str) -> None:
    with db.transaction() as conn:
        conn.execute(f"UPDATE api_keys SET {change}".encode())

    assert search(key).status == 401


def test_a_key_without_the_scope_is_not_allowed(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        conn.execute("UPDATE api_keys SET permissions = '{runs:read}'")

    refused = search(key)

    assert (refused.status, refused.error["code"]) == (403, "FORBIDDEN")


def test_long_pages_are_for_keys_that_may_export(key: dict[str, str]) -> None:
    refused = search(key, limit="101")
    with db.transaction() as conn:
        conn.execute("UPDATE api_keys SET permissions = '{diamonds:read,diamonds:export}'")

    assert (refused.status, refused.error["code"]) == (403, "FORBIDDEN")
    assert search(key, limit="1000").body["pagination"]["limit"] == 1_000


def test_what_is_listed_is_what_is_documented(key: dict[str, str]) -> None:
    stone = search(key, limit="1").body["data"][0]

    Diamond.model_validate(stone)
    assert Diamond.model_fields.keys() == fields.ALL.keys()
    assert [to_camel(name) for name in fields.ALL] == list(stone)


def test_an_empty_answer_names_the_filter_in_the_way(key: dict[str, str]) -> None:
    empty = search(key, shape="heart", carat_min="1")

    assert empty.body["data"] == []
    assert empty.body["loosen"] == {"filter": "shape", "stones": 12}


def test_facets_do_not_collapse_their_own_group(key: dict[str, str]) -> None:
    counted = call(count_facets, params={"shape": "oval", "price_max": "120"}, headers=key)

    data = counted.body["data"]
    assert data["total"] == 0
    assert data["facets"]["shape"] == [{"value": "ROUND", "stones": 1}]
    assert sum(bucket["stones"] for bucket in data["histograms"]["price"]["buckets"]) == 0
    everything = call(count_facets, headers=key).body["data"]
    assert sum(bucket["stones"] for bucket in everything["histograms"]["price"]["buckets"]) == 12


@pytest.mark.parametrize(
    ("asked", "params"),
    [
        (search_diamonds, {"feed": "shelf"}),
        (search_diamonds, {"feed_not": "shelf"}),
        (count_facets, {"feed": "shelf"}),
        (count_facets, {"facets": "shape,feed"}),
    ],
)
def test_only_staff_may_ask_whose_stones_they_are(
    key: dict[str, str], asked: Any, params: dict[str, str]
) -> None:
    staff = shown(a_key(Scope.DIAMONDS_READ, Scope.COSTS_READ))

    refused = call(asked, params=params, headers=key)
    answered = call(asked, params=params, headers=staff)

    assert (refused.status, refused.error["code"]) == (403, "FORBIDDEN")
    assert "costs:read" in refused.error["message"]
    assert answered.status == 200


def test_staff_find_the_stones_of_a_feed(key: dict[str, str]) -> None:
    staff = shown(a_key(Scope.DIAMONDS_READ, Scope.COSTS_READ))

    assert search(staff, feed=" Shelf ").body["pagination"]["total"] == 12
    assert search(staff, feed="demo").body["pagination"]["total"] == 0
    counted = call(count_facets, params={"facets": "feed"}, headers=staff).body["data"]
    assert counted["facets"] == {"feed": [{"value": "shelf", "stones": 12}]}


def test_the_use_of_a_key_is_remembered(key: dict[str, str]) -> None:
    search(key)

    with db.transaction() as conn:
        (used,) = conn.execute("SELECT last_used_at IS NOT NULL FROM api_keys").fetchall()
    assert used == (True,)


def test_a_trace_id_is_taken_over_when_it_is_one(key: dict[str, str]) -> None:
    given = call(search_diamonds, headers={**key, "X-Trace-Id": "order-4711-abc"})
    forged = call(search_diamonds, headers={**key, "X-Trace-Id": "a\nb"})

    assert given.headers["X-Trace-Id"] == "order-4711-abc"
    assert len(forged.headers["X-Trace-Id"]) == 32


def test_a_database_out_of_reach_is_a_503_with_a_hint(
    key: dict[str, str], app_settings: AppSettings
) -> None:
    app_settings(
        DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing", DATABASE_CONNECT_TIMEOUT_SECONDS="1"
    )

    refused = search(key)

    assert (refused.status, refused.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert refused.error["hint"]
