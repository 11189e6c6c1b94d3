"""Checkouts end to end: a supplier and a payment partner over HTTP, each able to misbehave."""

from decimal import Decimal
from typing import Any

import pytest

from http_api.checkout import begin_checkout
from http_api.incidents import decide_incident
from http_api.purchases import cancel_purchase, get_purchase, refund_purchase
from local.partners.nivoda.knobs import Knobs
from shared.access.model import Scope
from shared.holds import service as holds
from tests.conftest import AppSettings
from tests.support.till import SHOP, Till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

COMPLETED = ("completed", "captured")
DECLINED_CARD = "4000000000000002"
REFUND_FAILS = "4000000000005126"


def checkout(till: Till, **body: Any) -> dict[str, Any]:
    answer = till.begin(**body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body["data"]
    return found


def pay(till: Till, begun: dict[str, Any], card: str | None = None) -> int:
    url = begun["checkoutUrl"]
    return (till.stripe.pay(url, card) if card else till.stripe.pay(url)).status_code


def sold(till: Till) -> dict[str, Any]:
    begun = checkout(till)
    pay(till, begun)
    till.until(COMPLETED)
    return begun


def refund(till: Till, **body: Any) -> Any:
    purchase = till.purchase()["id"]
    return till.shop.ask(
        refund_purchase, body={"reason": "sent back", **body}, purchase_id=purchase
    )


def test_a_customer_pays_and_has_one_order_and_one_charge(till: Till) -> None:
    begun = checkout(till, email="buyer@example.test")

    assert till.shop.availability(till.shop.stone()) == "on_hold"
    assert pay(till, begun) == 303
    till.until(COMPLETED)
    (charge,) = till.charges()
    assert charge["amount_captured"] == int(Decimal(str(begun["amount"])) * 100)
    assert len(till.orders) == 1
    assert till.shop.availability(till.shop.stone()) == "sold"
    assert till.purchase()["customer"]["customer"]["email"] == "buyer@example.test"
    (told,) = till.shop.rows("SELECT count(*) FROM outbox WHERE category = 'purchase_completed'")
    assert told["count"] == 1


def test_the_money_is_taken_after_the_order_and_not_before(till: Till) -> None:
    sold(till)

    events = [
        row["event"] for row in till.shop.rows("SELECT event FROM purchase_events ORDER BY id")
    ]
    assert events.index("order_placed") < events.index("captured")


def test_a_customer_pays_in_the_currency_they_were_shown(till: Till) -> None:
    till.shop.run(
        "INSERT INTO exchange_rates (base, quote, rate, rated_on, source, fetched_at)"
        " VALUES ('USD', 'JPY', 151.37, current_date, 'a test', now())"
    )
    begun = checkout(till, currency="JPY")
    pay(till, begun)
    till.until(COMPLETED)

    dollars = Decimal(str(begun["priceUsd"]))
    (charge,) = till.charges()
    assert begun["rate"] == 151.37
    assert charge["currency"] == "jpy"
    assert charge["amount_captured"] == round(dollars * Decimal("151.37"))


def test_one_key_is_one_checkout(till: Till) -> None:
    first = till.begin(key="once")
    again = till.begin(key="once")

    assert first.raw == again.raw
    assert len(till.stripe.books()["sessions"]) == 1


def test_a_stone_is_in_one_checkout_at_a_time(till: Till) -> None:
    checkout(till)

    refused = till.begin()

    assert (refused.status, refused.error["code"]) == (409, "ALREADY_HELD")


def test_a_declined_card_may_be_followed_by_another(till: Till) -> None:
    begun = checkout(till)

    assert pay(till, begun, DECLINED_CARD) == 402
    assert pay(till, begun) == 303
    till.until(COMPLETED)


def test_a_checkout_nobody_pays_ends_and_the_stone_is_back(till: Till) -> None:
    checkout(till)

    till.stripe.admin("POST", f"sessions/{till.purchase()['session_id']}/expire")

    till.until(("cancelled", "none"))
    till.wait(lambda: till.shop.availability(till.shop.stone()) == "available")
    till.wait(lambda: not till.shop.supplier.holds)


def test_a_checkout_ends_although_no_event_ever_comes(till: Till) -> None:
    till.stripe.admin("PATCH", "knobs", {"paused": True})
    checkout(till)
    till.shop.run("UPDATE purchases SET session_expires_at = now()")

    till.settles(("cancelled", "none"))
    assert till.stripe.books()["sessions"][0]["status"] == "expired"


def test_a_payment_is_settled_although_no_event_ever_comes(till: Till) -> None:
    till.stripe.admin("PATCH", "knobs", {"paused": True})
    begun = checkout(till)
    pay(till, begun)
    till.shop.run("UPDATE purchases SET session_expires_at = now()")

    till.settles(COMPLETED)


def test_a_customer_may_be_sent_away(till: Till) -> None:
    begun = checkout(till)

    cancelled = till.shop.ask(
        cancel_purchase, body={"reason": "left"}, purchase_id=begun["purchaseId"]
    )

    assert cancelled.body["data"]["orderStatus"] == "cancelled"
    assert pay(till, begun) != 303
    assert till.charges() == []


def test_an_order_the_supplier_declines_is_not_charged(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.order([{"offerId": f"DIAMOND/{till.shop.supplier_stone()}"}])
    till.orders.clear()

    pay(till, begun)

    till.until(("failed", "voided"))
    (charge,) = till.charges()
    assert (charge["amount_captured"], charge["refunded"]) == (0, True)
    assert till.orders == []
    assert till.shop.rows("SELECT FROM outbox WHERE category = 'purchase_failed'")


def test_a_lost_reply_of_the_supplier_keeps_the_money_waiting_for_a_person(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    pay(till, begun)
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")

    assert till.status() == ("pending", "authorised")
    incident = decide(till, "not_ordered")

    till.settles(("failed", "voided"))
    assert incident["kind"] == "order_outcome_unknown"
    assert till.charges()[0]["amount_captured"] == 0


def decide(till: Till, action: str, **body: Any) -> dict[str, Any]:
    (incident,) = till.shop.rows("SELECT * FROM incidents WHERE decided_at IS NULL")
    answer = till.shop.ask(
        decide_incident, body={"action": action, **body}, incident_id=incident["id"]
    )
    assert answer.status == 200, answer.body
    till.later()
    return incident


def test_a_person_who_finds_the_order_has_it_charged(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    pay(till, begun)
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")

    decide(till, "ordered", supplierOrderId="N-1")

    till.settles(COMPLETED)
    assert till.charges()[0]["amount_captured"] > 0


def test_money_nobody_decides_about_is_given_back_before_it_lapses(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    pay(till, begun)
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")
    assert till.purchase()["capture_before"] is not None

    till.shop.run("UPDATE purchases SET capture_before = now() + interval '1 hour'")
    till.settles(("pending", "voided"))
    assert till.charges()[0]["refunded"]


def test_an_ordered_stone_whose_money_lapsed_is_an_incident(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    pay(till, begun)
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")
    till.stripe.admin("POST", f"payment_intents/{till.purchase()['payment_intent_id']}/lapse")
    till.until(("pending", "failed"))

    decide(till, "ordered", supplierOrderId="N-1")

    till.settles(("confirmed", "failed"))
    till.wait(lambda: waiting(till) == ["unpaid_order"])
    decide(till, "cancelled_at_supplier")
    till.settles(("cancelled", "failed"))
    till.wait(lambda: till.later() or back_on_sale(till))  # type: ignore[func-returns-value]


def waiting(till: Till) -> list[str]:
    rows = till.shop.rows("SELECT kind FROM incidents WHERE decided_at IS NULL")
    return [row["kind"] for row in rows]


def back_on_sale(till: Till) -> bool:
    holds.watch()
    return till.shop.availability(till.shop.stone()) == "available"


def test_an_unpaid_order_may_be_invoiced(till: Till) -> None:
    begun = checkout(till)
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    pay(till, begun)
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")
    till.stripe.admin("POST", f"payment_intents/{till.purchase()['payment_intent_id']}/lapse")
    till.until(("pending", "failed"))
    decide(till, "ordered", supplierOrderId="N-1")
    till.wait(lambda: till.later() or waiting(till) == ["unpaid_order"])  # type: ignore[func-returns-value]

    decide(till, "invoice")

    till.settles(("completed", "failed"))
    assert till.shop.availability(till.shop.stone()) == "sold"


@pytest.mark.parametrize(
    "knobs",
    [
        {"copies": 5},
        {"newest_first": True, "late_seconds": 0.3},
        {"copies": 3, "newest_first": True, "late_seconds": 0.2},
        {"unheard": 3, "retry_seconds": 0.1},
    ],
)
def test_events_that_come_twice_late_or_reversed_do_no_harm(
    till: Till, knobs: dict[str, Any]
) -> None:
    till.stripe.admin("PATCH", "knobs", knobs)

    sold(till)

    (charge,) = till.charges()
    assert len(till.orders) == 1
    assert charge["amount_captured"] == till.purchase()["captured_cents"]


def test_an_event_is_kept_once_however_often_it_comes(till: Till) -> None:
    till.stripe.admin("PATCH", "knobs", {"copies": 4})
    sold(till)
    till.rests()

    till.wait(lambda: [times >= 4 for times in deliveries(till)] == [True])


def deliveries(till: Till) -> list[int]:
    """How often each event of a paid checkout came."""
    paid = "SELECT deliveries FROM payment_events WHERE type = 'checkout.session.completed'"
    return [row["deliveries"] for row in till.shop.rows(paid)]


def test_a_forged_event_is_refused_and_changes_nothing(till: Till) -> None:
    checkout(till)
    purchase = till.purchase()
    forged = {
        "type": "checkout.session.completed",
        "object": {"object": "checkout.session", "metadata": {"purchase_id": str(purchase["id"])}},
        "url": hook(till),
    }

    answered = till.stripe.admin("POST", "forge", forged)

    assert answered["status"] == 401
    assert till.shop.rows("SELECT FROM payment_events") == []
    assert till.purchase() == purchase


def hook(till: Till) -> str:
    found: str = till.stripe.server.store.every("webhook_endpoint")[0]["url"]
    return found


def test_a_true_event_that_lies_changes_nothing_either(till: Till) -> None:
    """Whoever has the secret still cannot have a stone without paying."""
    checkout(till)
    purchase = till.purchase()
    forged = {
        "type": "checkout.session.completed",
        "object": {"object": "checkout.session", "metadata": {"purchase_id": str(purchase["id"])}},
        "url": hook(till),
        "secret": "whsec_local",
    }

    answered = till.stripe.admin("POST", "forge", forged)

    assert answered["status"] == 200
    assert till.status() == ("pending", "none")
    assert till.orders == []


@pytest.mark.parametrize(
    "operation",
    [
        "sessions.create",
        "sessions.retrieve",
        "payment_intents.retrieve",
        "payment_intents.capture",
    ],
)
@pytest.mark.parametrize("kind", ["unavailable", "broken_after", "cut_before", "cut_after"])
def test_a_payment_partner_that_fails_once_charges_once(
    till: Till, operation: str, kind: Any
) -> None:
    till.stripe.expect(operation, kind)
    begun = till.begin(key="the-key")
    while begun.status == 503:
        begun = till.begin(key="the-key")
    pay(till, begun.body["data"])
    till.settles(COMPLETED)

    (charge,) = till.charges()
    assert charge["amount_captured"] == till.purchase()["captured_cents"]
    assert len(till.orders) == 1


@pytest.mark.parametrize(
    "kind", ["unavailable", "broken", "broken_after", "cut_before", "cut_after"]
)
def test_a_void_whose_answer_fails_is_made_once(till: Till, kind: Any) -> None:
    begun = checkout(till)
    till.shop.supplier.order([{"offerId": f"DIAMOND/{till.shop.supplier_stone()}"}])
    till.stripe.expect("payment_intents.cancel", kind)
    pay(till, begun)

    till.settles(("failed", "voided"))

    assert till.charges()[0]["refunded"]


def test_a_refund_in_parts_adds_up_and_no_further(till: Till) -> None:
    sold(till)
    captured = till.purchase()["captured_cents"]

    part = refund(till, amount=1)
    till.later()
    till.wait(lambda: till.later() or till.purchase()["refunded_cents"] == 100)  # type: ignore[func-returns-value]
    too_much = refund(till, amount=captured / 100)
    rest = refund(till)
    till.settles(("completed", "refunded"))
    nothing = refund(till)

    assert (part.status, rest.status) == (202, 202)
    assert (too_much.status, too_much.error["code"]) == (409, "REFUND_TOO_LARGE")
    assert (nothing.status, nothing.error["code"]) == (409, "NOTHING_TO_REFUND")
    assert till.stripe.books()["totals"]["refunded"] == captured


@pytest.mark.parametrize("kind", ["broken", "broken_after", "cut_after", "unavailable"])
def test_a_refund_whose_answer_fails_is_made_once(till: Till, kind: Any) -> None:
    sold(till)
    till.stripe.expect("refunds.create", kind)
    refund(till, amount=5)

    till.wait(lambda: till.later() or till.purchase()["refunded_cents"] == 500)  # type: ignore[func-returns-value]

    assert till.stripe.books()["totals"]["refunded"] == 500


def test_a_refund_the_bank_sends_back_is_an_incident(till: Till) -> None:
    begun = checkout(till)
    pay(till, begun, REFUND_FAILS)
    till.until(COMPLETED)

    refund(till)
    till.later()
    till.wait(lambda: till.later() or bool(till.shop.rows("SELECT FROM incidents")))  # type: ignore[func-returns-value]

    (incident,) = till.shop.rows("SELECT kind FROM incidents")
    assert incident["kind"] == "refund_failed"
    assert till.status() == COMPLETED


def test_a_refund_tried_again_after_its_bank_sent_it_back_is_made_once(till: Till) -> None:
    """What failed stays in the partner's books, and says nothing of the try that succeeded."""
    begun = checkout(till)
    pay(till, begun, REFUND_FAILS)
    till.until(COMPLETED)
    refund(till)
    till.wait(lambda: till.later() or waiting(till) == ["refund_failed"])  # type: ignore[func-returns-value]
    till.rests()
    store = till.stripe.server.store
    (charge,) = store.every("charge")
    store.put(charge | {"_refund": "succeeded"})

    decide(till, "try_again")
    till.settles(("completed", "refunded"))
    till.rests()
    till.shop.run("UPDATE purchases SET news_at = now(), next_look_at = now()")
    till.later()

    (asked,) = till.shop.rows("SELECT * FROM refunds")
    assert (asked["status"], asked["attempt"]) == ("succeeded", 2)
    assert waiting(till) == []
    assert till.stripe.books()["totals"]["refunded"] == till.purchase()["captured_cents"]


@pytest.mark.parametrize(
    "secret", ["", "sk_test_...", "changeme", "your-stripe-key", "sk_test_xxxx"]
)
def test_without_real_secrets_no_checkout_begins(
    till: Till, app_settings: AppSettings, secret: str
) -> None:
    app_settings(STRIPE_SECRET_KEY=secret)

    refused = till.begin()

    assert (refused.status, refused.error["code"]) == (503, "PAYMENTS_NOT_CONFIGURED")
    assert "STRIPE_SECRET_KEY" in refused.error["hint"]
    assert till.shop.rows("SELECT FROM holds") == []
    app_settings(STRIPE_SECRET_KEY="sk_test_local")


def test_a_checkout_needs_its_permission_and_its_key(till: Till) -> None:
    partner = till.shop.another_key("a partner", [Scope.PURCHASES_WRITE])
    body = {"diamondId": str(till.shop.stone()), "successUrl": SHOP}

    assert till.shop.ask(begin_checkout, body=body, key=partner).status == 403
    assert till.shop.ask(begin_checkout, body=body).error["code"] == "IDEMPOTENCY_KEY_REQUIRED"


def test_a_shop_sees_what_was_paid(till: Till) -> None:
    begun = sold(till)

    seen = till.shop.ask(get_purchase, "GET", purchase_id=begun["purchaseId"]).body["data"]

    assert seen["payment"]["captured"] == begun["amount"]
    assert seen["steps"][0]["event"] == "opened"
