"""The demo supplier over HTTP: open to read, keyed to change, misbehaving as told."""

import json
from datetime import datetime
from time import monotonic
from typing import Any

import azure.functions as func
import pytest

from http_api import demo_feed
from shared.demo_supplier import dataset, inventory, queries
from shared.demo_supplier.model import Listing
from shared.platform import db, exact_json
from tests.demo_supplier.conftest import STONES, sample
from tests.support.http import Answered, call


@pytest.fixture
def stocked(app_database: str) -> str:
    """The app on a database in which the supplier has three hundred stones."""
    with db.transaction() as conn:
        queries.copy_listings(conn, sample())
    return app_database


def page(**params: str) -> Answered:
    return call(demo_feed.demo_feed_page, params=params)


def count(**params: str) -> int:
    counted: int = call(demo_feed.demo_feed_count, params=params).body["total_count"]
    return counted


def misbehave(**knobs: Any) -> Answered:
    return call(demo_feed.demo_feed_set_knobs, "POST", body=knobs)


def picture(shape: str) -> func.HttpResponse:
    request = func.HttpRequest("GET", "/", route_params={"shape": shape}, body=b"")
    response: func.HttpResponse = demo_feed.demo_feed_picture._function.get_user_function()(request)
    return response


def test_a_page_shows_listings_in_the_supplier_s_own_words(stocked: str) -> None:
    answered = page(limit="2", offset="1")

    assert answered.status == 200
    assert (answered.body["offset"], answered.body["limit"]) == (1, 2)
    assert [item["stone_id"] for item in answered.body["items"]] == ["DEMO-0000002", "DEMO-0000003"]
    assert list(answered.body["items"][0]) == list(Listing.model_fields)


def test_prices_are_json_numbers_with_two_decimals(stocked: str) -> None:
    body = page(limit="300").raw

    for item in exact_json.loads(body)["items"]:
        assert b'"asking_price_usd":%s,' % str(item["asking_price_usd"]).encode() in body
        assert item["asking_price_usd"].as_tuple().exponent == -2


def test_a_listing_is_the_same_on_a_page_and_by_itself(stocked: str) -> None:
    call(demo_feed.demo_feed_changes, "POST", body={"reprice": 20, "add": 5})

    for item in exact_json.loads(page(limit="1000").raw)["items"]:
        alone = call(demo_feed.demo_feed_stone, route={"stone_id": item["stone_id"]})
        assert told(item) == told(exact_json.loads(alone.raw))


def told(item: dict[str, Any]) -> str:
    """Keys in their order, numbers digit by digit, and times by what they mean."""
    times = {name: datetime.fromisoformat(item[name]) for name in ("created_at", "updated_at")}
    return repr(item | times)


def test_counts_and_pages_know_the_same_filters(stocked: str) -> None:
    middle = {"price_min": "300", "price_below": "350.50"}

    assert 0 < count(**middle) < count() == STONES
    assert len(page(**middle, limit="1000").body["items"]) == count(**middle)
    assert count(updated_from="2025-01-01T00:00:00Z") == STONES
    assert count(updated_from="2025-01-01T00:00:01+00:00") == 0


def test_a_page_holds_a_hundred_stones_unless_told_otherwise(stocked: str) -> None:
    assert len(page().body["items"]) == 100


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"offset": "99999999999999999999"}, "offset"),
        ({"price_min": "cheap"}, "price_min"),
        ({"price_min": "NaN"}, "price_min"),
        ({"price_below": "1.005"}, "price_below"),
        ({"updated_from": "yesterday"}, "updated_from"),
        ({"updated_from": "2025-01-01T00:00:00"}, "updated_from"),
        ({"price_min": "2", "price_below": "1"}, "(all)"),
        ({"price_max": "2"}, "price_max"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_field(
    params: dict[str, str], field: str
) -> None:
    answered = page(**params)

    assert (answered.status, answered.error["code"]) == (400, "VALIDATION_ERROR")
    assert field in answered.error["fields"]


def test_one_stone_can_be_asked_for(stocked: str) -> None:
    found = call(demo_feed.demo_feed_stone, route={"stone_id": "DEMO-0000007"})

    assert (found.status, found.body["stone_id"]) == (200, "DEMO-0000007")


def test_an_unknown_stone_is_not_found(stocked: str) -> None:
    answered = call(demo_feed.demo_feed_stone, route={"stone_id": "DEMO-0000301"})

    assert (answered.status, answered.error["code"]) == (404, "NOT_FOUND")


def test_seeding_fills_empty_books_once(app_database: str) -> None:
    assert count() == 0
    first = call(demo_feed.demo_feed_seed, "POST")
    second = call(demo_feed.demo_feed_seed, "POST")

    assert first.body == {"stones": dataset.STONES, "seeded": True}
    assert second.body == {"stones": dataset.STONES, "seeded": False}
    assert count() == dataset.STONES


def test_changes_answer_which_stones_they_touched(stocked: str) -> None:
    asked = {"sell": 5, "reprice": 10, "add": 2, "seed": 7}
    changed = call(demo_feed.demo_feed_changes, "POST", body=asked).body

    assert {kind: len(stones) for kind, stones in changed.items()} == {
        "sold": 5,
        "repriced": 10,
        "added": 2,
    }
    assert count() == STONES - 5 + 2


@pytest.mark.parametrize("asked", [{"sell": -1}, {"steal": 1}, {"seed": "x"}, {"add": 50_001}])
def test_changes_nobody_can_make_are_refused(stocked: str, asked: dict[str, Any]) -> None:
    assert call(demo_feed.demo_feed_changes, "POST", body=asked).status == 400
    assert count() == STONES


def test_knobs_are_shown_replaced_and_reset(stocked: str) -> None:
    told = misbehave(outage_share=0.25, status=500)
    shown = call(demo_feed.demo_feed_knobs)
    reset = call(demo_feed.demo_feed_reset_knobs, "DELETE")

    assert told.body == shown.body
    assert (shown.body["outage_share"], shown.body["status"]) == (0.25, 500)
    assert reset.body == call(demo_feed.demo_feed_knobs).body
    assert reset.body["outage_share"] == 0
    assert misbehave(outage_share=2).status == 400


def test_an_outage_refuses_the_dearest_pages_but_still_counts(stocked: str) -> None:
    misbehave(outage_share=0.5, status=502)

    assert page(limit="1").status == 502
    assert page(price_min="0", price_below="300").status == 200
    assert count() == STONES


def test_a_slow_supplier_takes_its_time_for_a_page(stocked: str) -> None:
    misbehave(latency_ms=80)
    began = monotonic()

    assert page(limit="1").status == 200
    assert monotonic() - began >= 0.08


def test_a_careless_supplier_serves_unreadable_weights(stocked: str) -> None:
    misbehave(malformed_share=0.2)
    weights = [item["weight_ct"] for item in page(limit="300").body["items"]]

    assert 0.1 < weights.count("n/a") / STONES < 0.3
    with db.transaction() as conn:
        assert all(inventory.one(conn, f"DEMO-{n:07}").weight_ct != "n/a" for n in (1, 2, 3))


@pytest.mark.parametrize("shape", ["round", "Emerald"])
def test_a_picture_may_be_kept_for_a_day(shape: str) -> None:
    drawn = picture(shape)

    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
    assert drawn.headers["Cache-Control"] == "public, max-age=86400"
    assert drawn.get_body().startswith(b"<svg ")


def test_a_shape_nobody_drew_is_not_found() -> None:
    drawn = picture("triangle")

    assert drawn.status_code == 404
    assert "Known shapes" in json.loads(drawn.get_body())["error"]["hint"]


def test_every_listing_links_to_a_picture_that_exists(stocked: str) -> None:
    links = {item["image_link"] for item in page(limit="300").body["items"]}

    for link in links:
        folder, _, file = link.rpartition("/")
        assert folder == "/api/demo-feed/pictures"
        assert picture(file.removesuffix(".svg")).status_code == 200
