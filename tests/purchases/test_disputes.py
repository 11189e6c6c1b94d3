"""Disputed payments: looked up when an event hints at them, answered by people in time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from http_api.incidents import decide_incident
from http_api.purchases import get_purchase, refund_purchase
from shared.deadlines import service as deadlines
from shared.purchases import reconciliation
from tests.support.till import Till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

COMPLETED = ("completed", "captured")
DISPUTES_AT_ONCE = "4000000000000259"


def sold(till: Till, card: str = "4242424242424242") -> dict[str, Any]:
    begun: dict[str, Any] = till.begin().body["data"]
    till.stripe.pay(begun["checkoutUrl"], card)
    till.settles(COMPLETED)
    return begun


def denied(till: Till) -> dict[str, Any]:
    intent = till.purchase()["payment_intent_id"]
    found: dict[str, Any] = till.stripe.admin("POST", f"payment_intents/{intent}/dispute")
    return found


def moved(till: Till, dispute: dict[str, Any], status: str) -> None:
    till.stripe.admin("PATCH", f"disputes/{dispute['id']}", {"status": status})
    till.wait(lambda: standing(till) == [status])


def standing(till: Till) -> list[str]:
    till.later()
    return [row["status"] for row in till.shop.rows("SELECT status FROM disputes")]


def incidents(till: Till) -> list[dict[str, Any]]:
    return till.shop.rows("SELECT * FROM incidents WHERE kind = 'disputed' ORDER BY id")


def test_a_dispute_is_an_incident_that_is_due_when_evidence_is(till: Till) -> None:
    sold(till)
    dispute = denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])

    (incident,) = incidents(till)
    (deadline,) = till.shop.rows(
        "SELECT * FROM deadlines WHERE kind = 'incident' AND subject = %s", str(incident["id"])
    )

    due_by = datetime.fromtimestamp(dispute["evidence_details"]["due_by"], UTC)
    assert incident["evidence"]["dispute"] == dispute["id"]
    assert incident["evidence"]["reason"] == "fraudulent"
    assert datetime.fromisoformat(incident["evidence"]["respondBy"]) == due_by
    assert (deadline["due_at"], deadline["default_action"]) == (due_by, "the dispute is lost")
    told = till.shop.rows("SELECT FROM outbox WHERE category = 'incident_opened'")
    assert len(told) == 1


def test_a_dispute_is_shown_with_its_purchase(till: Till) -> None:
    begun = sold(till)
    denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])

    seen = till.shop.ask(get_purchase, "GET", purchase_id=begun["purchaseId"]).body["data"]

    (shown,) = seen["disputes"]
    assert (shown["amount"], shown["status"]) == (begun["amount"], "needs_response")
    assert "dispute_needs_response" in [step["event"] for step in seen["steps"]]
    assert (seen["orderStatus"], seen["paymentStatus"]) == COMPLETED


def test_a_dispute_is_written_down_once_however_often_it_is_heard_of(till: Till) -> None:
    sold(till)
    till.stripe.admin("PATCH", "knobs", {"copies": 3})
    denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])
    till.rests()

    events = till.shop.rows("SELECT FROM purchase_events WHERE event = 'dispute_needs_response'")
    assert (len(events), len(incidents(till))) == (1, 1)


def test_a_dispute_that_is_over_asks_nobody_any_more(till: Till) -> None:
    sold(till)
    dispute = denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])

    moved(till, dispute, "lost")

    (incident,) = incidents(till)
    assert (incident["decided_by"], incident["action"]) == ("the app", "settled")
    with_deadline = till.shop.rows("SELECT FROM deadlines WHERE met_at IS NULL")
    assert (with_deadline, deadlines.escalate()) == ([], [])
    (told,) = till.shop.rows("SELECT payload FROM outbox WHERE category = 'dispute_ended'")
    assert told["payload"]["title"].startswith("Dispute lost")


def test_whoever_answered_is_not_asked_again_while_the_bank_thinks(till: Till) -> None:
    sold(till)
    dispute = denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])
    answered = till.shop.ask(
        decide_incident, body={"action": "answered"}, incident_id=incidents(till)[0]["id"]
    )

    moved(till, dispute, "under_review")
    moved(till, dispute, "won")

    assert answered.status == 200
    assert [one["action"] for one in incidents(till)] == ["answered"]


def test_disputed_money_is_not_given_back_besides(till: Till) -> None:
    begun = sold(till)
    dispute = denied(till)
    till.wait(lambda: standing(till) == ["needs_response"])
    body = {"reason": "sent back"}

    refused = till.shop.ask(refund_purchase, body=body, purchase_id=begun["purchaseId"])
    moved(till, dispute, "won")
    taken = till.shop.ask(refund_purchase, body=body, purchase_id=begun["purchaseId"])

    assert (refused.status, refused.error["code"]) == (409, "PAYMENT_DISPUTED")
    assert taken.status == 202
    till.settles(("completed", "refunded"))


def test_a_charge_denied_at_once_is_heard_of_with_the_capture(till: Till) -> None:
    sold(till, DISPUTES_AT_ONCE)

    till.wait(lambda: standing(till) == ["needs_response"])
    assert len(incidents(till)) == 1


def test_the_nightly_comparison_finds_a_dispute_no_event_told_of(till: Till) -> None:
    sold(till)
    till.rests()
    till.stripe.admin("PATCH", "knobs", {"paused": True})
    dispute = denied(till)
    till.shop.run("UPDATE purchases SET updated_at = now() - interval '1 hour'")

    found = reconciliation.reconcile()

    assert found.mismatches[0]["faults"] == [
        f"dispute {dispute['id']} is unknown here and needs_response there"
    ]
