"""What is due is told in time, and every night the books of all parties are compared."""

from typing import Any

import pytest

from http_api.incidents import decide_incident
from http_api.selling import list_deadlines, list_reconciliations, reconcile_now
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import AVAILABLE
from shared.deadlines import service as deadlines
from tests.support.till import Till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

COMPLETED = ("completed", "captured")


def sold(till: Till) -> None:
    till.stripe.pay(till.begin().body["data"]["checkoutUrl"])
    till.until(COMPLETED)
    till.rests()  # else an event that comes late moves it again


def undecided(till: Till) -> dict[str, Any]:
    begun = till.begin().body["data"]
    till.shop.supplier.knobs = Knobs(lost_replies=1)
    till.stripe.pay(begun["checkoutUrl"])
    till.wait(lambda: till.purchase()["supplier_order"] == "unknown")
    (incident,) = till.shop.rows("SELECT * FROM incidents")
    return incident


def compared(till: Till) -> dict[str, Any]:
    till.shop.run("UPDATE purchases SET updated_at = now() - interval '1 hour'")
    found: dict[str, Any] = till.shop.ask(reconcile_now).body["data"]
    return found


def due(till: Till) -> set[str]:
    return {one["kind"] for one in till.shop.ask(list_deadlines, "GET").body["data"]}


def test_authorised_money_and_open_incidents_have_deadlines(till: Till) -> None:
    incident = undecided(till)

    assert due(till) == {"authorisation", "incident"}
    till.shop.ask(decide_incident, body={"action": "not_ordered"}, incident_id=incident["id"])
    till.settles(("failed", "voided"))
    assert due(till) == set()


def test_people_hear_once_of_what_is_nearly_due(till: Till) -> None:
    undecided(till)
    till.shop.run("UPDATE deadlines SET escalate_at = now()")

    first, again = deadlines.escalate(), deadlines.escalate()

    assert {one.kind for one in first} == {"authorisation", "incident"}
    assert again == []
    assert len(till.shop.rows("SELECT FROM outbox WHERE category = 'deadline_near'")) == 2


def test_a_clean_day_has_no_mismatch(till: Till) -> None:
    sold(till)

    result = compared(till)

    assert (result["purchases"], result["mismatches"], result["unchecked"]) == (1, [], 0)
    assert till.shop.ask(list_reconciliations, "GET").body["data"] == [result]


def test_a_stone_that_is_sold_here_and_for_sale_there_is_a_mismatch(till: Till) -> None:
    sold(till)
    till.shop.supplier.shelf("natural").put(0, AVAILABLE)

    (mismatch,) = compared(till)["mismatches"]

    assert mismatch["faults"] == ["ordered here, and still for sale at the supplier"]
    assert till.shop.rows("SELECT FROM incidents WHERE kind = 'books_differ'")


def test_money_taken_otherwise_than_we_think_is_a_mismatch(till: Till) -> None:
    sold(till)
    till.shop.run("UPDATE purchases SET captured_cents = captured_cents - 1")

    (mismatch,) = compared(till)["mismatches"]

    assert mismatch["faults"][0].startswith("captured ")


def test_a_partner_that_does_not_answer_is_said_and_no_mismatch(till: Till) -> None:
    sold(till)
    till.stripe.expect("sessions.retrieve", "unavailable", times=30)

    result = compared(till)

    assert (result["mismatches"], result["unchecked"]) == ([], 1)
