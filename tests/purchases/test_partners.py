"""Purchases on account, with a supplier that answers over HTTP, or does not."""

import time
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from http_api.holds import get_hold, place_hold, release_hold
from http_api.incidents import decide_incident, list_incidents
from http_api.purchases import (
    cancel_purchase,
    get_purchase,
    list_purchases,
    purchase_diamond,
)
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import AVAILABLE
from shared.access.model import Scope
from shared.feeds.model import Ordered
from shared.holds import service as holds
from shared.platform import db
from shared.purchases import driving, outcome, queries, service, steps, watch
from tests.support.http import Answered
from tests.support.shop import Shop, at_once


def buy(shop: Shop, key: str = "key-1", number: int = 0, **body: Any) -> Answered:
    headers = shop.key | {"Idempotency-Key": key}
    return shop.ask(purchase_diamond, body=body, key=headers, diamond_id=shop.stone(number))


def orders(shop: Shop) -> list[dict[str, Any]]:
    return shop.supplier.orders


def only_purchase(shop: Shop) -> dict[str, Any]:
    (purchase,) = shop.rows("SELECT * FROM purchases")
    return purchase


def lease_over(shop: Shop) -> None:
    shop.run("UPDATE purchases SET claimed_until = 'epoch', next_look_at = now()")
    shop.run("UPDATE holds SET claimed_until = 'epoch'")


def test_a_partner_buys_a_stone(shop: Shop) -> None:
    bought = buy(shop, destinationId="LOC-7", reference="PO-9", comments="Gift wrap")

    assert bought.status == 201, bought.body
    said = bought.body["data"]
    assert (said["orderStatus"], said["paymentStatus"]) == ("completed", "none")
    assert said["orderNumber"].startswith("DO-1000")
    (order,) = orders(shop)
    item = order["items"][0]
    assert item["destinationId"] == "LOC-7"
    assert item["customer_order_number"] == said["orderNumber"]
    assert item["customer_comment"] == "Gift wrap"
    assert shop.availability(shop.stone()) == "sold"


def test_a_hundred_purchases_under_a_hundred_keys_are_one_order(shop: Shop) -> None:
    answers = at_once([partial(buy, shop, f"key-{number}") for number in range(100)])

    assert sorted(answer.status for answer in answers) == [201] + [409] * 99
    assert len(orders(shop)) == 1
    assert only_purchase(shop)["order_status"] == "completed"


def test_one_key_a_hundred_times_is_one_order_and_99_identical_replays(shop: Shop) -> None:
    answers = at_once([partial(patiently, shop) for _ in range(100)])

    assert {answer.status for answer in answers} == {201}
    assert len({answer.raw for answer in answers}) == 1
    replays = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    assert replays.count("true") == 99
    assert len(orders(shop)) == 1


def patiently(shop: Shop) -> Answered:
    """As a client does that is told to ask again in a moment."""
    while True:
        answer = buy(shop)
        if answer.status != 409 or answer.error["code"] != "IDEMPOTENCY_IN_PROGRESS":
            return answer
        time.sleep(0.05)


def test_without_a_key_nothing_is_bought(shop: Shop) -> None:
    refused = shop.ask(purchase_diamond, body={}, diamond_id=shop.stone())

    assert (refused.status, refused.error["code"]) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert orders(shop) == []


def test_the_key_may_stand_in_the_body(shop: Shop) -> None:
    bought = shop.ask(
        purchase_diamond, body={"idempotencyKey": "in-the-body"}, diamond_id=shop.stone()
    )

    assert bought.status == 201


def test_another_request_under_a_used_key_is_refused(shop: Shop) -> None:
    buy(shop)

    assert buy(shop, reference="another").status == 422
    assert len(orders(shop)) == 1


def test_buying_is_for_those_with_its_permission(shop: Shop) -> None:
    holder = shop.another_key("a holder", [Scope.HOLDS_WRITE])

    refused = shop.ask(purchase_diamond, key=holder, diamond_id=shop.stone())

    assert refused.status == 403


def test_a_client_buys_what_it_holds_at_the_held_price(shop: Shop) -> None:
    held = shop.ask(place_hold, diamond_id=shop.stone()).body["data"]
    shop.run("UPDATE diamond_prices SET price_model_price = price_model_price * 2")

    bought = buy(shop).body["data"]

    assert (bought["holdId"], bought["price"]) == (held["id"], held["price"])
    assert shop.ask(get_hold, "GET", hold_id=held["id"]).body["data"]["status"] == "bought"
    released = shop.ask(release_hold, hold_id=held["id"])
    assert released.body["data"]["status"] == "bought"
    assert shop.availability(shop.stone()) == "sold"


def test_nobody_buys_what_another_client_holds(shop: Shop) -> None:
    stranger = shop.another_key("another shop")
    shop.ask(place_hold, key=stranger, diamond_id=shop.stone())

    refused = buy(shop)

    assert (refused.status, refused.error["code"]) == (409, "ALREADY_HELD")
    assert orders(shop) == []


def test_a_sold_stone_is_neither_held_nor_sold_again(shop: Shop) -> None:
    buy(shop)
    shop.supplier.shelf("natural").put(0, AVAILABLE)
    shop.ingest()

    again = buy(shop, "key-2")
    held = shop.ask(place_hold, diamond_id=shop.stone())

    assert again.error["code"] == held.error["code"] == "ALREADY_SOLD"
    assert shop.availability(shop.stone()) == "sold"
    assert len(orders(shop)) == 1


def test_a_denied_purchase_leaves_nothing_and_may_be_tried_again(shop: Shop) -> None:
    shop.supplier.knobs = Knobs(denied_holds=1)

    denied = buy(shop)
    again = buy(shop)

    assert (denied.status, denied.error["code"]) == (409, "HOLD_DENIED")
    assert again.status == 201
    statuses = [row["order_status"] for row in shop.rows("SELECT * FROM purchases ORDER BY number")]
    assert statuses == ["failed", "completed"]
    assert len(orders(shop)) == 1


def test_a_lost_reply_to_the_order_is_an_incident_and_never_sent_again(shop: Shop) -> None:
    shop.ask(place_hold, diamond_id=shop.stone())
    shop.supplier.knobs = Knobs(lost_replies=1)

    bought = buy(shop).body["data"]
    lease_over(shop)
    driving.drive(only_purchase(shop)["id"])

    assert (bought["orderStatus"], bought["needsDecision"]) == ("pending", True)
    assert len(orders(shop)) == 1
    (incident,) = shop.ask(list_incidents, "GET", params={"open": "true"}).body["data"]
    assert incident["kind"] == "order_outcome_unknown"
    assert incident["allowedActions"] == ["ordered", "not_ordered", "order_again"]
    assert incident["evidence"]["supplierSays"] == {"stone": "not listed any more"}
    assert shop.rows("SELECT FROM outbox WHERE category = 'incident_opened'")


def lost(shop: Shop) -> dict[str, Any]:
    shop.ask(place_hold, diamond_id=shop.stone())
    shop.supplier.knobs = Knobs(lost_replies=1)
    buy(shop)
    (incident,) = shop.ask(list_incidents, "GET", params={"open": "true"}).body["data"]
    found: dict[str, Any] = incident
    return found


def decide(shop: Shop, incident: dict[str, Any], **body: Any) -> Answered:
    answer = shop.ask(decide_incident, body=body, incident_id=incident["id"])
    for purchase in watch.due():
        driving.drive(purchase.id)
    return answer


def test_a_person_who_finds_the_order_completes_the_purchase(shop: Shop) -> None:
    incident = lost(shop)

    missing = decide(shop, incident, action="ordered")
    done = decide(shop, incident, action="ordered", supplierOrderId="N-1", note="saw it")
    twice = decide(shop, incident, action="not_ordered")

    assert missing.status == 400
    assert done.body["data"]["decidedBy"] == "a shop"
    assert (twice.status, twice.error["code"]) == (409, "INCIDENT_DECIDED")
    purchase = only_purchase(shop)
    assert (purchase["order_status"], purchase["supplier_order_id"]) == ("completed", "N-1")
    assert shop.availability(shop.stone()) == "sold"


def test_a_person_who_finds_no_order_ends_the_purchase(shop: Shop) -> None:
    incident = lost(shop)
    shop.supplier.shelf("natural").put(0, AVAILABLE)  # as if nothing had been ordered

    decide(shop, incident, action="not_ordered")

    assert only_purchase(shop)["order_status"] == "failed"
    assert shop.availability(shop.stone()) == "available"


def test_a_person_may_have_it_ordered_again(shop: Shop) -> None:
    incident = lost(shop)
    shop.supplier.shelf("natural").put(0, AVAILABLE)
    shop.supplier.orders.clear()

    decide(shop, incident, action="order_again")

    assert only_purchase(shop)["order_status"] == "completed"
    assert len(orders(shop)) == 1


def test_an_action_that_is_not_allowed_is_refused(shop: Shop) -> None:
    assert decide(shop, lost(shop), action="guess").status == 400


def test_who_died_before_telling_the_supplier_is_followed(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)

    for purchase in watch.due():
        driving.drive(purchase.id)

    assert only_purchase(shop)["order_status"] == "completed"
    assert len(orders(shop)) == 1


def test_who_died_while_telling_the_supplier_leaves_an_incident(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)
    shop.run("UPDATE purchases SET supplier_order = 'asked'")

    for purchase in watch.due():
        driving.drive(purchase.id)

    assert only_purchase(shop)["supplier_order"] == "unknown"
    assert orders(shop) == []
    assert shop.rows("SELECT FROM incidents WHERE decided_at IS NULL")


def wanted_by_a_process_that_dies(shop: Shop) -> None:
    wanted = service.Wanted(client_name="a shop", client_key="key-1", diamond_id=shop.stone())
    service.begun(wanted)


def test_a_due_purchase_gets_one_turn_from_many_watchers(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)

    turns = at_once([watch.due] * 8)

    assert len({purchase.instance_id for turn in turns for purchase in turn}) == sum(
        map(len, turns)
    )


def test_many_drivers_of_one_purchase_place_one_order(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)

    at_once([partial(driving.drive, only_purchase(shop)["id"])] * 20)

    assert only_purchase(shop)["order_status"] == "completed"
    assert len(orders(shop)) == 1


def test_a_purchase_the_supplier_knows_nothing_of_is_cancelled(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)
    purchase = only_purchase(shop)["id"]

    cancelled = shop.ask(cancel_purchase, body={"reason": "changed my mind"}, purchase_id=purchase)
    holds.watch()

    assert cancelled.body["data"]["orderStatus"] == "cancelled"
    assert shop.availability(shop.stone()) == "available"
    assert orders(shop) == []


def test_an_ordered_stone_is_not_cancelled(shop: Shop) -> None:
    purchase = buy(shop).body["data"]["id"]

    refused = shop.ask(cancel_purchase, body={"reason": "too late"}, purchase_id=purchase)

    assert (refused.status, refused.error["code"]) == (409, "TOO_LATE_TO_CANCEL")


def test_a_client_sees_its_own_purchases_step_by_step(shop: Shop) -> None:
    purchase = buy(shop).body["data"]["id"]
    stranger = shop.another_key("another shop")

    seen = shop.ask(get_purchase, "GET", purchase_id=purchase).body["data"]
    unseen = shop.ask(get_purchase, "GET", key=stranger, purchase_id=purchase)

    steps = [step["event"] for step in seen["steps"]]
    assert steps == ["opened", "order_asked", "order_placed", "completed"]
    assert unseen.status == 404
    assert shop.ask(list_purchases, "GET", key=stranger).body["data"] == []
    assert len(shop.ask(list_purchases, "GET").body["data"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        "order_status = 'completed'",
        "order_status = 'confirmed'",
        "payment_status = 'captured'",
        "payment_status = 'refunded'",
        "payment_status = 'voided'",
        "supplier_order = 'placed'",
        "captured_cents = 1",
        "payment_status = 'authorised', order_status = 'failed', ended_at = now()",
    ],
)
def test_the_database_refuses_steps_that_no_purchase_takes(shop: Shop, change: str) -> None:
    wanted_by_a_process_that_dies(shop)

    with pytest.raises(psycopg.errors.CheckViolation):
        shop.run(f"UPDATE purchases SET {change}")


@pytest.mark.parametrize("table", ["purchase_events", "hold_history"])
def test_what_happened_is_never_changed(shop: Shop, table: str) -> None:
    buy(shop)

    with pytest.raises(psycopg.errors.CheckViolation):
        shop.run(f"UPDATE {table} SET event = 'nothing happened'")
    with pytest.raises(psycopg.errors.CheckViolation):
        shop.run(f"DELETE FROM {table}")


def test_a_supplier_that_is_away_is_asked_again_later(shop: Shop) -> None:
    shop.ask(place_hold, diamond_id=shop.stone())
    shop.supplier.knobs = Knobs(throttled_share=1)
    pending = buy(shop).body["data"]
    shop.supplier.knobs = Knobs()
    lease_over(shop)
    for purchase in watch.due():
        driving.drive(purchase.id)

    assert pending["orderStatus"] == "pending"
    assert only_purchase(shop)["order_status"] == "completed"
    assert len(orders(shop)) == 1


def test_money_that_is_about_to_be_lost_is_said(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    buy(shop)
    authorised = "UPDATE purchases SET payment_status = 'authorised', authorised_cents = 1,"
    shop.run(f"{authorised} capture_before = now() + interval '30 hours'")
    watch.warn_of_lapses()
    assert "authorisation about to lapse" not in caplog.text

    shop.run("UPDATE purchases SET capture_before = now() + interval '20 hours'")
    watch.warn_of_lapses()
    assert f"purchase_id={only_purchase(shop)['id']}" in caplog.text


def test_what_was_cancelled_just_now_is_not_ordered_by_a_driver_that_had_not_heard(
    shop: Shop,
) -> None:
    shop.ask(place_hold, diamond_id=shop.stone())
    wanted_by_a_process_that_dies(shop)
    with db.transaction() as conn:
        before = driving.existing(conn, only_purchase(shop)["id"])
        queries.advance(conn, before.id, "cancel_asked", cancel_reason="changed my mind")

    steps.place_order(before)

    assert orders(shop) == []
    assert only_purchase(shop)["supplier_order"] == "not_asked"


def test_an_answer_that_came_after_it_was_doubted_ends_the_incident(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)
    shop.run("UPDATE purchases SET supplier_order = 'asked'")
    shop.run("UPDATE holds SET status = 'active'")
    driving.drive(only_purchase(shop)["id"])

    outcome.answered(only_purchase(shop)["id"], Ordered("N-7"))
    for purchase in watch.due():
        driving.drive(purchase.id)

    assert only_purchase(shop)["order_status"] == "completed"
    assert not shop.rows("SELECT FROM incidents WHERE decided_at IS NULL")


def test_a_driver_that_leaves_on_an_old_picture_leaves_it_due(shop: Shop) -> None:
    wanted_by_a_process_that_dies(shop)
    claim = uuid4()
    with db.transaction() as conn:
        seen = queries.claim_purchase(
            conn, purchase_id=only_purchase(shop)["id"], claim=claim, lease_seconds=60
        )
    assert seen is not None
    shop.run("UPDATE purchases SET cancel_reason = 'changed my mind', updated_at = now()")

    driving._leave(seen, claim, None)

    assert [purchase.id for purchase in watch.due()] == [seen.id]
