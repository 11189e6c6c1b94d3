"""Captures, releases and refunds: every cent is accounted for."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import Running, session_of

Client = stripe.StripeClient


def authorised(client: Client, running: Running, card: str = "4242424242424242") -> str:
    session = client.v1.checkout.sessions.create(session_of())
    running.pay(str(session.url), card)
    return str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)


def captured(client: Client, running: Running, card: str = "4242424242424242") -> str:
    intent = authorised(client, running, card)
    client.v1.payment_intents.capture(intent)
    return intent


def last_types(running: Running, how_many: int) -> list[str]:
    return [event["type"] for event in running.server.store.every("event")][how_many - 1 :: -1]


def test_a_capture_takes_the_authorised_amount(client: Client, running: Running) -> None:
    which = authorised(client, running)

    intent = client.v1.payment_intents.capture(which, {"expand": ["latest_charge"]})

    assert intent.status == "succeeded"
    assert (intent.amount_received, intent.amount_capturable) == (189_900, 0)
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.captured, intent.latest_charge.amount_captured) == (True, 189_900)
    (session,) = client.v1.checkout.sessions.list({"payment_intent": which}).data
    assert session.payment_status == "paid"
    assert last_types(running, 2) == ["payment_intent.succeeded", "charge.captured"]


def test_a_part_may_be_captured_and_the_rest_is_released(client: Client, running: Running) -> None:
    intent = client.v1.payment_intents.capture(
        authorised(client, running), {"amount_to_capture": 100_000}
    )

    assert (intent.status, intent.amount_received) == ("succeeded", 100_000)
    assert running.books()["totals"]["captured"] == 100_000


def test_more_than_authorised_cannot_be_captured(client: Client, running: Running) -> None:
    which = authorised(client, running)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(which, {"amount_to_capture": 189_901})

    assert refused.value.code == "amount_too_large"
    assert client.v1.payment_intents.retrieve(which).status == "requires_capture"


def test_nothing_is_captured_twice(client: Client, running: Running) -> None:
    which = captured(client, running)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.capture(which)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent["status"] == "succeeded"
    assert running.books()["totals"]["captured"] == 189_900


def test_a_cancelled_authorisation_costs_nothing_and_makes_no_refund(
    client: Client, running: Running
) -> None:
    which = authorised(client, running)

    intent = client.v1.payment_intents.cancel(which, {"cancellation_reason": "abandoned"})

    assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
    assert client.v1.refunds.list({"payment_intent": which}).data == []
    assert running.books()["totals"] == {"authorised": 0, "captured": 0, "refunded": 0}
    assert "payment_intent.canceled" in last_types(running, 2)


def test_what_was_cancelled_or_captured_cannot_be_cancelled_or_captured(
    client: Client, running: Running
) -> None:
    intents = client.v1.payment_intents
    cancelled, taken = authorised(client, running), captured(client, running)
    intents.cancel(cancelled)

    capture: Callable[[str], Any] = intents.capture
    cancel: Callable[[str], Any] = intents.cancel
    for attempt, which in ((capture, cancelled), (cancel, cancelled), (cancel, taken)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            attempt(which)
        assert refused.value.code == "payment_intent_unexpected_state"


def test_an_intent_of_an_open_session_is_ended_by_its_session_only(
    client: Client, running: Running
) -> None:
    which = authorised(client, running, "4000000000000002")

    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        client.v1.payment_intents.cancel(which)


def test_an_authorisation_nobody_captures_lapses(client: Client, running: Running) -> None:
    which = authorised(client, running)

    running.admin("POST", f"payment_intents/{which}/lapse")

    intent = client.v1.payment_intents.retrieve(which)
    assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(which)
    assert last_types(running, 2) == ["payment_intent.canceled", "charge.expired"]


def test_a_refund_gives_all_back_once(client: Client, running: Running) -> None:
    which = captured(client, running)

    refund = client.v1.refunds.create({"payment_intent": which, "reason": "duplicate"})

    assert (refund.status, refund.amount) == ("succeeded", 189_900)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": which})
    assert refused.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(str(refund.charge))
    assert (charge.refunded, charge.amount_refunded) == (True, 189_900)
    assert last_types(running, 2) == ["refund.created", "charge.refunded"]


def test_parts_are_refunded_until_nothing_is_left(client: Client, running: Running) -> None:
    which = captured(client, running)
    client.v1.refunds.create({"payment_intent": which, "amount": 100_000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as refused:
        client.v1.refunds.create({"payment_intent": which, "amount": 89_901})
    client.v1.refunds.create({"payment_intent": which, "amount": 89_900})

    assert refused.value.param == "amount"
    assert running.books()["totals"]["refunded"] == 189_900
    assert len(client.v1.refunds.list({"payment_intent": which}).data) == 2


def test_only_what_was_captured_can_be_refunded(client: Client, running: Running) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": authorised(client, running)})


def test_some_refunds_succeed_later_and_some_fail_later(client: Client, running: Running) -> None:
    pending = client.v1.refunds.create(
        {"payment_intent": captured(client, running, "4000000000007726")}
    )
    doomed = client.v1.refunds.create(
        {"payment_intent": captured(client, running, "4000000000005126")}
    )
    assert (pending.status, doomed.status) == ("pending", "succeeded")

    for refund in (pending, doomed):
        running.server.store.plan(refund.id, "settle", 0)

    assert client.v1.refunds.retrieve(pending.id).status == "succeeded"
    assert client.v1.refunds.retrieve(doomed.id).status == "failed"
    charge = client.v1.charges.retrieve(str(doomed.charge))
    assert (charge.refunded, charge.amount_refunded) == (False, 0)


def test_events_are_listed_newest_first_page_by_page(client: Client, running: Running) -> None:
    captured(client, running)

    first = client.v1.events.list({"limit": 4})
    rest = client.v1.events.list({"limit": 4, "starting_after": first.data[-1].id})
    every = [event.type for event in client.v1.events.list({"limit": 1}).auto_paging_iter()]

    assert (first.has_more, rest.has_more) == (True, False)
    assert [event.type for event in [*first.data, *rest.data]] == every
    assert every[-1] == "payment_intent.created"


def test_events_are_found_by_type_and_time(client: Client, running: Running) -> None:
    captured(client, running)
    (done,) = client.v1.events.list({"type": "checkout.session.completed"}).data

    some = client.v1.events.list({"types": ["charge.captured", "charge.succeeded"]})
    later = client.v1.events.list({"created": {"gt": done.created + 60}})

    assert len(some.data) == 2
    assert later.data == []
    assert client.v1.events.retrieve(done.id).data.object["id"].startswith("cs_test_")
