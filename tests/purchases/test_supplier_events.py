"""What a supplier tells by itself hides a stone or makes us ask; no more of it is believed."""

import asyncio
import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import azure.functions as func
import httpx
import orjson
import pytest

from http_api.diamonds import search_diamonds
from http_api.holds import place_hold
from http_api.incidents import list_incidents
from http_api.purchases import purchase_diamond
from http_api.supplier_events import hear_supplier
from local.partners.nivoda import events
from local.partners.nivoda.events import Telling
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import AVAILABLE
from shared.holds import service as holds
from shared.platform import db
from shared.purchases import driving, queries, supplier_events
from shared.purchases import service as purchases
from shared.purchases.service import Wanted
from shared.purchases.supplier_events import SupplierEvent
from shared.webhooks import signing
from tests.conftest import AppSettings
from tests.support.http import Answered, answered_by
from tests.support.partners import serving
from tests.support.receiver import Receiver
from tests.support.shop import NATURAL, Shop
from tests.support.till import Processes

SECRET = "whsec_" + base64.b64encode(b"what the supplier signs with....").decode()


@pytest.fixture(autouse=True)
def _signing(app_database: str, app_settings: AppSettings) -> None:
    assert app_database
    app_settings(NIVODA_WEBHOOK_SECRET=SECRET)


@contextmanager
def signed_with(secret: str, app_settings: AppSettings) -> Iterator[None]:
    """For a while; the shop hangs up under the settings that it opened with."""
    app_settings(NIVODA_WEBHOOK_SECRET=secret)
    yield
    app_settings(NIVODA_WEBHOOK_SECRET=SECRET)


def telling(**said: Any) -> Telling:
    return Telling(url="", **{"secret": SECRET} | said)


def tell(said: Telling, *, feed: str = NATURAL, body: bytes | None = None) -> Answered:
    """As the supplier would, over the endpoint that the host calls."""
    about = {"stoneId": said.stone_id, "orderId": said.order_id}
    told = {"type": said.type, "occurredAt": said.occurred_at, "data": about}
    sent = orjson.dumps(told)
    asked = func.HttpRequest(
        method="POST",
        url=f"http://localhost/api/v2/webhooks/feeds/{feed}",
        params={},
        route_params={"feed": feed},
        headers=events.signed(said, sent),
        body=sent if body is None else body,
    )
    started = hear_supplier._function.get_user_function().client_function
    return answered_by(asyncio.run(started(asked, Processes())))


def sold(shop: Shop, number: int = 0, **said: Any) -> Telling:
    return telling(stone_id=shop.supplier_stone(number), **said)


def outcomes(shop: Shop) -> list[str]:
    return [str(row["outcome"]) for row in shop.rows("SELECT outcome FROM supplier_events")]


def is_found(shop: Shop, number: int = 0) -> bool:
    found = shop.ask(search_diamonds, "GET", params={"limit": "100"}).body["data"]
    return str(shop.stone(number)) in {one["id"] for one in found}


def test_a_stone_that_is_said_to_be_sold_is_not_found_any_more(shop: Shop) -> None:
    assert is_found(shop)

    answered = tell(sold(shop))

    assert (answered.status, outcomes(shop)) == (200, ["hidden"])
    assert not is_found(shop)
    assert is_found(shop, 1)


def test_an_event_that_comes_again_is_recorded_once(shop: Shop) -> None:
    said = sold(shop, id="evt_1")
    tell(said)
    shop.run("UPDATE diamonds SET feed_availability = 'available'")

    again = tell(said)

    assert again.status == 200
    assert shop.rows("SELECT id, deliveries FROM supplier_events") == [
        {"id": "evt_1", "deliveries": 2}
    ]
    assert is_found(shop)


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + base64.b64encode(b"x" * 32).decode()},
        {"signed_at": 1_700_000_000},
        {"signed_at": 99_999_999_999},
        {"id": ""},
        {"id": "two words"},
    ],
)
def test_who_did_not_sign_it_now_is_not_heard(shop: Shop, wrong: dict[str, Any]) -> None:
    refused = tell(sold(shop, **wrong))

    assert (refused.status, refused.error["code"]) == (401, "SIGNATURE_INVALID")
    assert outcomes(shop) == []
    assert is_found(shop)


def test_a_signature_is_of_this_very_body(shop: Shop) -> None:
    other = orjson.dumps({"type": "stone.sold", "occurredAt": "2026-01-01T00:00:00Z"})

    assert tell(sold(shop), body=other).status == 401


@pytest.mark.parametrize("unset", ["", "whsec_placeholder-for-later", "changeme", "whsec_..."])
def test_without_a_secret_that_somebody_filled_in_nobody_is_heard(
    shop: Shop, app_settings: AppSettings, unset: str
) -> None:
    with signed_with(unset, app_settings):
        assert tell(sold(shop)).status == 401
        assert is_found(shop)


def test_who_is_no_feed_and_who_signs_nothing_are_told_alike(shop: Shop) -> None:
    answers = [tell(sold(shop), feed=feed) for feed in ("atlantis", "own-stock", "demo")]

    assert {(one.status, one.error["message"]) for one in answers} == {
        (401, "The signature does not fit the message.")
    }
    assert not any("nivoda" in str(one.body) for one in answers)


def test_either_of_two_secrets_will_do_while_one_replaces_the_other(
    shop: Shop, app_settings: AppSettings
) -> None:
    new = "whsec_" + base64.b64encode(b"n" * 32).decode()
    with signed_with(f"{new} {SECRET}", app_settings):
        assert tell(sold(shop, 0)).status == 200
        assert tell(sold(shop, 1, secret=new)).status == 200


def test_news_older_than_what_was_read_of_the_stone_changes_nothing(shop: Shop) -> None:
    shop.run("UPDATE diamonds SET source_updated_at = now()")

    tell(sold(shop, occurred_at=datetime.now(UTC) - timedelta(hours=1)))

    assert outcomes(shop) == ["outdated"]
    assert is_found(shop)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"stone_id": "never-seen"}, "unknown stone"),
        ({"type": "order.updated", "order_id": "never-seen"}, "unknown order"),
        ({"type": "order.updated"}, "not understood"),
    ],
)
def test_what_is_about_nothing_we_know_is_kept_and_no_more(
    shop: Shop, said: dict[str, Any], outcome: str
) -> None:
    assert tell(telling(**said)).status == 200
    assert outcomes(shop) == [outcome]


def hold(shop: Shop) -> None:
    held = shop.ask(place_hold, body={"minutes": 10}, diamond_id=shop.stone())
    assert held.status == 201, held.body


def buy(shop: Shop) -> dict[str, Any]:
    key = shop.key | {"Idempotency-Key": "k"}
    bought = shop.ask(purchase_diamond, body={}, key=key, diamond_id=shop.stone())
    assert bought.status == 201, bought.body
    (purchase,) = shop.rows("SELECT * FROM purchases")
    return purchase


def asked_of_people(shop: Shop) -> list[str]:
    found = shop.ask(list_incidents, "GET", params={"open": "true"}).body["data"]
    return [str(one["kind"]) for one in found]


def test_a_stone_that_we_hold_stays_held_and_a_person_hears_of_it(shop: Shop) -> None:
    hold(shop)

    tell(sold(shop))

    assert outcomes(shop) == ["contested"]
    assert shop.availability(shop.stone()) == "on_hold"
    assert shop.rows("SELECT status FROM holds") == [{"status": "active"}]
    assert asked_of_people(shop) == ["sold_elsewhere"]
    told = shop.rows("SELECT event FROM hold_history ORDER BY id DESC LIMIT 1")
    assert told == [{"event": "supplier_says_sold"}]


def test_once_our_hold_is_over_a_sold_stone_does_not_come_back_on_sale(shop: Shop) -> None:
    hold(shop)
    tell(sold(shop))

    shop.run("UPDATE holds SET expires_at = now() - interval '1 second'")
    holds.watch()

    assert shop.availability(shop.stone()) == "sold"


def test_that_our_own_order_sold_the_stone_is_no_news_but_is_asked_after(shop: Shop) -> None:
    purchase = buy(shop)

    tell(sold(shop))

    assert outcomes(shop) == ["ours"]
    assert shop.availability(shop.stone()) == "sold"
    assert asked_of_people(shop) == []
    assert looks(shop, purchase) == 1


def test_an_order_that_is_just_being_placed_is_ours_and_no_stone_sold_elsewhere(shop: Shop) -> None:
    wanted = Wanted(client_name="a shop", client_key="k", diamond_id=shop.stone())
    purchase = purchases.begun(wanted)
    about = {"stoneId": shop.supplier_stone(), "orderId": None}
    said = {"type": "stone.sold", "occurredAt": datetime.now(UTC), "data": about}
    event = SupplierEvent.model_validate(said)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as conn:
            queries.lock_purchase(conn, purchase_id=purchase.id)
            queries.advance(conn, purchase.id, "order_asked", supplier_order="asked")
            heard = pool.submit(supplier_events.heard, NATURAL, "msg_1", event)
            until_somebody_waits(shop)
            conn.execute("SELECT FROM diamonds WHERE id = %s FOR UPDATE NOWAIT", [shop.stone()])
        heard.result(30)

    assert outcomes(shop) == ["ours"]
    assert asked_of_people(shop) == []


def until_somebody_waits(shop: Shop) -> None:
    deadline = monotonic() + 30
    while not shop.rows(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ):
        assert monotonic() < deadline
        sleep(0.02)


def looks(shop: Shop, purchase: dict[str, Any]) -> int:
    events = shop.rows("SELECT event FROM purchase_events WHERE purchase_id = %s", purchase["id"])
    return [row["event"] for row in events].count("supplier_looked_at")


def test_an_order_that_is_said_to_have_moved_is_looked_at_and_not_believed(shop: Shop) -> None:
    purchase = buy(shop)

    said = telling(type="order.updated", order_id=purchase["supplier_order_id"])
    tell(said)
    tell(said)

    (after,) = shop.rows("SELECT * FROM purchases")
    assert looks(shop, purchase) == 1
    assert after["order_status"] == "completed"
    assert after["supplier_news_seen_at"] == after["supplier_news_at"]
    assert asked_of_people(shop) == []


def test_an_order_that_the_supplier_has_dropped_is_for_a_person_to_decide(shop: Shop) -> None:
    purchase = buy(shop)
    shop.supplier.natural.put(0, AVAILABLE)
    shop.supplier.holds.clear()

    tell(telling(type="order.updated", order_id=purchase["supplier_order_id"]))

    assert asked_of_people(shop) == ["books_differ"]
    assert shop.availability(shop.stone()) == "sold"


def test_a_supplier_that_is_silent_when_asked_is_asked_again_later(shop: Shop) -> None:
    purchase = buy(shop)
    shop.supplier.knobs = Knobs(failed_share=1.0)

    tell(telling(type="order.updated", order_id=purchase["supplier_order_id"]))

    (waiting,) = shop.rows("SELECT * FROM purchases")
    assert waiting["failures"] == 1
    assert "look_at_supplier" in waiting["last_error"]
    shop.supplier.knobs = Knobs()
    driving.drive(waiting["id"])
    assert looks(shop, purchase) == 1


def test_the_supplier_beside_the_app_signs_what_it_tells(shop: Shop) -> None:
    receiver = Receiver()

    with serving(receiver.application()) as url:
        asked = {"url": f"{url}/hook", "secret": SECRET, "stone_id": shop.supplier_stone()}
        answer = httpx.post(f"{shop.partner.url}/admin/events", json=asked)

    (heard,) = receiver.received
    assert answer.json() == {"status": 204}
    assert signing.verified(heard.headers, heard.body, SECRET, datetime.now(UTC))
