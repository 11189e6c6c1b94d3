"""Returns and questions: asked inside the window, decided by people, refunded once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from http_api.customer_requests import (
    ask_about_order,
    ask_us,
    cancel_order_request,
    cancel_request,
    decide_request,
    list_requests,
)
from http_api.orders import get_order
from http_api.purchases import get_purchase, purchase_diamond
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.http import Answered, call
from tests.support.shop import at_once
from tests.support.till import Till
from tests.support.till import till as opened_till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

MASTER = "a key that other secrets are made from"
COMPLETED = ("completed", "captured")
ANOTHER_RETURN = """
INSERT INTO customer_requests (id, kind, purchase_id, diamond_id, client_name, message)
SELECT gen_random_uuid(), kind, purchase_id, diamond_id, client_name, 'x' FROM customer_requests
"""
RETURN_OF_NOTHING = """
INSERT INTO customer_requests (id, kind, diamond_id, client_name, message)
SELECT gen_random_uuid(), kind, diamond_id, client_name, 'x' FROM customer_requests
"""


@pytest.fixture
def till(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Till]:
    """A shop whose suppliers take every stone back for ten days, and that can sign links."""
    assert app_database
    with opened_till(premises, app_settings, ACCESS_SIGNING_KEY=MASTER) as taking:
        taking.shop.run("UPDATE diamonds SET return_days = 10")
        yield taking


def sold(till: Till) -> dict[str, str]:
    """The headers of whoever has the link to a completed order."""
    begun = till.begin().body["data"]
    till.stripe.pay(begun["checkoutUrl"])
    till.settles(COMPLETED)
    till.rests()
    return {"X-Order-Token": str(begun["orderPage"]).partition("#")[2]}


def ask(link: dict[str, str], kind: str = "return", message: str = "too small") -> Answered:
    body = {"kind": kind, "message": message, "contact": "buyer@example.test"}
    return call(ask_about_order, "POST", headers=link, body=body)


def seen(link: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = call(get_order, headers=link).body["data"]
    return found


def decide(till: Till, request: str, action: str, **body: Any) -> Answered:
    asked = {"action": action, **body}
    return till.shop.ask(decide_request, body=asked, request_id=request)


def received(till: Till, link: dict[str, str]) -> str:
    request = str(ask(link).body["data"]["id"])
    assert decide(till, request, "approve", note="Send it insured.").status == 200
    assert decide(till, request, "receive").status == 200
    return request


def test_a_stone_comes_back_and_so_does_the_money(till: Till) -> None:
    link = sold(till)
    request = received(till, link)

    decided = decide(till, request, "refund").body["data"]
    till.settles(("completed", "refunded"))
    order = seen(link)

    assert decided["status"] == "received"
    assert decided["refundId"]
    assert [one["status"] for one in order["requests"]] == ["refunded"]
    assert order["requests"][0]["answer"] == "Send it insured."
    assert [one["step"] for one in order["steps"]][-5:] == [
        "return_requested",
        "return_approved",
        "return_received",
        "refund_requested",
        "refunded",
    ]
    assert till.stripe.books()["totals"]["refunded"] == till.purchase()["captured_cents"]


def test_a_part_may_be_kept_back_and_no_refund_is_made_twice(till: Till) -> None:
    link = sold(till)
    request = received(till, link)

    answers = at_once([partial(decide, till, request, "refund", amount=5) for _ in range(8)])
    till.wait(lambda: till.later() or till.purchase()["refunded_cents"] == 500)  # type: ignore[func-returns-value]

    assert {one.status for one in answers} == {200}
    assert len({one.body["data"]["refundId"] for one in answers}) == 1
    assert till.stripe.books()["totals"]["refunded"] == 500
    till.wait(lambda: seen(link)["requests"][0]["status"] == "refunded")


def test_a_return_is_not_over_before_the_money_is_back(till: Till) -> None:
    link = sold(till)
    request = received(till, link)
    till.stripe.expect("refunds.create", "unavailable", times=3)

    decide(till, request, "refund")
    before = seen(link)["requests"][0]["status"]
    till.settles(("completed", "refunded"))

    assert (before, seen(link)["requests"][0]["status"]) == ("received", "refunded")


def test_a_stone_comes_back_inside_its_window_only(till: Till) -> None:
    link = sold(till)
    open_until = seen(link)["returnableUntil"]
    till.shop.run("UPDATE purchases SET ended_at = now() - interval '10 days'")

    late = ask(link)

    assert open_until is not None
    assert (late.status, late.error["code"]) == (409, "NOT_RETURNABLE")


def test_our_own_window_may_be_the_shorter_one(till: Till, app_settings: AppSettings) -> None:
    link = sold(till)
    till.shop.run("UPDATE purchases SET ended_at = now() - interval '5 days'")
    app_settings(SELLING_RETURN_DAYS="4")

    refused = ask(link).status
    app_settings(SELLING_RETURN_DAYS="6")

    assert (refused, ask(link).status) == (409, 201)


@pytest.mark.parametrize("days", ["NULL", "0"])
def test_what_the_supplier_does_not_take_back_cannot_be_sent_back(till: Till, days: str) -> None:
    till.shop.run(f"UPDATE diamonds SET return_days = {days}")
    link = sold(till)
    till.shop.run("UPDATE diamonds SET return_days = 30")  # what was ordered counts

    assert (ask(link).status, seen(link)["returnableUntil"]) == (409, None)
    assert till.orders[0]["items"][0]["return_option"] is False


def test_the_supplier_is_asked_for_a_stone_that_may_come_back(till: Till) -> None:
    sold(till)

    assert till.orders[0]["items"][0]["return_option"] is True


def test_an_order_that_is_not_completed_cannot_come_back(till: Till) -> None:
    begun = till.begin().body["data"]
    link = {"X-Order-Token": str(begun["orderPage"]).partition("#")[2]}

    assert ask(link).error["code"] == "NOT_RETURNABLE"


def test_a_purchase_has_one_return_however_often_and_at_once_it_is_asked_for(till: Till) -> None:
    link = sold(till)

    answers = at_once([partial(ask, link) for _ in range(12)])

    assert {one.status for one in answers} == {201}
    assert len({one.body["data"]["id"] for one in answers}) == 1
    told = till.shop.rows("SELECT FROM outbox WHERE category = 'customer_asks'")
    assert len(told) == 1


def test_who_keeps_it_after_all_may_ask_again(till: Till) -> None:
    link = sold(till)
    first = ask(link).body["data"]["id"]

    cancelled = call(cancel_order_request, "POST", headers=link, route={"request_id": first})
    again = ask(link).body["data"]

    assert cancelled.body["data"]["status"] == "cancelled"
    assert (again["id"] != first, again["status"]) == (True, "requested")


def test_a_refused_return_says_why_and_refunds_nothing(till: Till) -> None:
    link = sold(till)
    request = received(till, link)

    silent = decide(till, request, "refuse")
    refused = decide(till, request, "refuse", note="It is another stone.")
    refund = decide(till, request, "refund")

    assert (silent.status, refused.status) == (400, 200)
    assert (refund.status, refund.error["code"]) == (409, "REQUEST_DECIDED")
    assert seen(link)["requests"][0]["answer"] == "It is another stone."
    assert till.shop.rows("SELECT FROM refunds") == []


@pytest.mark.parametrize("action", ["receive", "refund", "answer", "close"])
def test_no_step_is_left_out(till: Till, action: str) -> None:
    request = str(ask(sold(till)).body["data"]["id"])

    assert decide(till, request, action, note="done").status in (400, 409)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customer_requests SET status = 'refunded'",
        "UPDATE customer_requests SET status = 'received'",
        "UPDATE customer_requests SET status = 'answered'",
        "UPDATE customer_requests SET status = 'refused'",
        ANOTHER_RETURN,
        RETURN_OF_NOTHING,
    ],
)
def test_the_database_refuses_what_is_no_step(till: Till, statement: str) -> None:
    ask(sold(till))

    with pytest.raises(psycopg.errors.IntegrityError):
        till.shop.run(statement)


def test_a_link_cancels_nothing_of_other_orders(till: Till) -> None:
    request = ask(sold(till)).body["data"]["id"]
    other = till.begin(1).body["data"]["orderPage"].partition("#")[2]

    answered = call(
        cancel_order_request,
        "POST",
        headers={"X-Order-Token": other},
        route={"request_id": request},
    )

    assert (answered.status, answered.error["code"]) == (404, "REQUEST_NOT_FOUND")


def test_a_partner_sends_back_what_was_invoiced_and_others_cannot(till: Till) -> None:
    headers = till.shop.key | {"Idempotency-Key": "buy"}
    stone = till.shop.stone()
    bought = till.shop.ask(purchase_diamond, body={}, key=headers, diamond_id=stone).body["data"]
    body = {"kind": "return", "message": "a scratch", "purchaseId": bought["id"]}
    stranger = till.shop.another_key("a stranger")

    foreign = till.shop.ask(ask_us, body=body, key=stranger)
    request = till.shop.ask(ask_us, body=body).body["data"]["id"]
    for action in ("approve", "receive", "refund"):
        assert decide(till, request, action).status == 200

    assert foreign.error["code"] == "PURCHASE_NOT_FOUND"
    shown = till.shop.ask(get_purchase, "GET", purchase_id=bought["id"]).body["data"]
    assert [one["status"] for one in shown["requests"]] == ["refunded"]
    assert till.shop.rows("SELECT FROM refunds") == []


def test_a_question_is_answered_and_closed(till: Till) -> None:
    link = sold(till)
    question = ask(link, "question", "When does it come?").body["data"]["id"]

    decide(till, question, "answer", note="On Friday.")
    answered = seen(link)["requests"]
    decide(till, question, "close")

    assert [(one["status"], one["answer"]) for one in answered] == [("answered", "On Friday.")]
    (listed,) = till.shop.ask(list_requests, "GET", params={"kind": "question"}).body["data"]
    assert (listed["status"], listed["contact"]) == ("closed", "buyer@example.test")


def test_a_question_may_be_about_a_stone_nobody_bought(till: Till) -> None:
    body = {"kind": "question", "message": "Is it eye-clean?", "diamondId": str(till.shop.stone())}

    asked = till.shop.ask(ask_us, body=body).body["data"]
    again = till.shop.ask(ask_us, body=body).body["data"]
    cancelled = till.shop.ask(cancel_request, request_id=asked["id"]).body["data"]
    about_nothing = till.shop.ask(ask_us, body={"kind": "question", "message": "Well?"})

    assert asked["id"] == again["id"]
    assert cancelled["status"] == "cancelled"
    assert about_nothing.status == 400


def test_questions_do_not_pile_up(till: Till) -> None:
    link = sold(till)

    statuses = [ask(link, "question", f"Question {number}?").status for number in range(7)]

    assert statuses == [201] * 5 + [409] * 2
