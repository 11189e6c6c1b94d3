"""Checkout as the `stripe` library and a customer meet it."""

import time
from typing import Any

import httpx
import pytest
import stripe

from tests.support.stripe import Running, session_of

Client = stripe.StripeClient

DECLINED = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
    "4111111111111111": "test_mode_live_card",
}


def create(client: Client, /, **more: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(session_of(**more))


def intent_of(client: Client, session: stripe.checkout.Session) -> stripe.PaymentIntent:
    found = client.v1.checkout.sessions.retrieve(session.id)
    return client.v1.payment_intents.retrieve(
        str(found.payment_intent), {"expand": ["latest_charge"]}
    )


def types(running: Running) -> list[str]:
    return [event["type"] for event in running.server.store.every("event")][::-1]


def test_a_new_session_is_open_and_has_no_intent_yet(client: Client) -> None:
    session = create(client)

    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert (session.amount_total, session.currency) == (189_900, "cad")
    assert session.metadata is not None
    assert session.metadata["order_id"] == session.client_reference_id == "ord_1"
    assert session.url is not None
    assert httpx.get(session.url).status_code == 200
    assert client.v1.checkout.sessions.retrieve(session.id) == session


def test_what_was_bought_is_told_on_demand(client: Client) -> None:
    session = create(client, expand=["line_items"])
    asked_for = client.v1.checkout.sessions.line_items.list(session.id)

    assert session.line_items is not None
    assert session.line_items.data[0].description == "Round 1.50 ct E VS1"
    assert asked_for.data[0].amount_total == 189_900


def test_a_paid_session_is_complete_and_its_amount_only_authorised(
    client: Client, running: Running
) -> None:
    session = create(client)

    answer = running.pay(str(session.url))

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/thanks?session_id={session.id}")
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "unpaid", None)
    assert paid.customer_details is not None
    assert paid.customer_details.email == "buyer@example.test"
    intent = intent_of(client, session)
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 189_900)
    assert intent.metadata["order_id"] == "ord_1"
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert (intent.latest_charge.paid, intent.latest_charge.captured) == (True, False)
    details = intent.latest_charge.payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card["capture_before"] == pytest.approx(time.time() + 7 * 24 * 3600, abs=60)
    assert types(running) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
    ]


def test_without_manual_capture_the_money_is_taken_at_once(
    client: Client, running: Running
) -> None:
    session = create(client, payment_intent_data={"capture_method": "automatic"})

    running.pay(str(session.url))

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert intent_of(client, session).status == "succeeded"


@pytest.mark.parametrize(("card", "why"), DECLINED.items())
def test_a_declined_card_leaves_the_session_open_for_another(
    client: Client, running: Running, card: str, why: str
) -> None:
    session = create(client)

    refused = running.pay(str(session.url), card)

    assert refused.status_code == 402
    assert 'role="alert"' in refused.text
    intent = intent_of(client, session)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error["decline_code"] == why
    assert "payment_intent.payment_failed" in types(running)
    assert running.pay(str(session.url)).status_code == 303
    assert intent_of(client, session).status == "requires_capture"
    assert intent_of(client, session).last_payment_error is None


def test_a_mistyped_card_asks_no_bank(client: Client, running: Running) -> None:
    session = create(client)

    for typed in ({"card": "4242424242424241"}, {"cardExpiry": "01 / 20"}, {"cardCvc": "1"}):
        assert running.pay(str(session.url), **typed).status_code == 402

    assert types(running) == []


@pytest.mark.parametrize("card", ["4000002500003155", "4000002760003184", "4000000000003220"])
def test_a_card_that_asks_its_bank_pays_when_the_holder_agrees(
    client: Client, running: Running, card: str
) -> None:
    session = create(client)
    asks = running.pay(str(session.url), card)
    page = asks.headers["Location"]

    assert intent_of(client, session).status == "requires_action"
    assert "test-source-authorize-3ds" in httpx.get(page).text
    assert httpx.post(page, data={"outcome": "complete"}).status_code == 303
    assert intent_of(client, session).status == "requires_capture"


def test_a_holder_who_does_not_agree_may_try_another_card(client: Client, running: Running) -> None:
    session = create(client)
    page = running.pay(str(session.url), "4000002760003184").headers["Location"]

    assert httpx.post(page, data={"outcome": "fail"}).status_code == 402
    assert httpx.post(page, data={"outcome": "complete"}).status_code == 402
    intent = intent_of(client, session)
    assert intent.last_payment_error is not None
    assert intent.last_payment_error["code"] == "payment_intent_authentication_failure"
    assert running.pay(str(session.url)).status_code == 303


def test_a_bank_may_agree_and_then_decline(client: Client, running: Running) -> None:
    session = create(client)
    page = running.pay(str(session.url), "4000008260003178").headers["Location"]

    assert httpx.post(page, data={"outcome": "complete"}).status_code == 402
    assert intent_of(client, session).status == "requires_payment_method"


def test_who_pays_twice_is_charged_once(client: Client, running: Running) -> None:
    session = create(client)
    running.pay(str(session.url))

    again = running.pay(str(session.url))

    assert again.status_code == 410
    assert len(running.books()["charges"]) == 1


def test_an_open_session_can_be_expired_and_then_takes_no_money(
    client: Client, running: Running
) -> None:
    session = create(client)
    running.pay(str(session.url), "4000000000000002")

    expired = client.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert intent_of(client, session).status == "canceled"
    assert running.pay(str(session.url)).status_code == 410
    assert types(running)[-1] == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_paid_session_cannot_be_expired(client: Client, running: Running) -> None:
    session = create(client)
    running.pay(str(session.url))

    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_session_ends_by_itself_when_its_time_is_over(client: Client, running: Running) -> None:
    session = create(client)
    running.server.store.plan(session.id, "expire", 0)

    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"


def test_the_page_shows_what_is_bought_and_the_way_back(client: Client) -> None:
    session = create(client)

    shown = httpx.get(str(session.url)).text

    assert "CAD 1,899.00" in shown
    assert "Round 1.50 ct E VS1" in shown
    assert 'href="http://shop.example.test/cart"' in shown


def test_a_shipping_address_is_collected_where_one_is_asked_for(
    client: Client, running: Running
) -> None:
    session = create(client, shipping_address_collection={"allowed_countries": ["CA"]})

    running.pay(
        str(session.url),
        shippingName="Sam Roy",
        shippingAddressLine1="1 Rue",
        shippingCountry="CA",
    )

    collected = client.v1.checkout.sessions.retrieve(session.id).collected_information
    assert collected is not None
    assert collected.shipping_details is not None
    assert collected.shipping_details.name == "Sam Roy"
    assert collected.shipping_details.address.line1 == "1 Rue"


REFUSED: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
    ({"ui_mode": "hosted"}, None, "ui_mode"),
    ({"mode": None}, "parameter_missing", "mode"),
    ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
    ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
    ({"expires_at": int(time.time()) + 29 * 60}, None, "expires_at"),
    ({"expires_at": int(time.time()) + 25 * 3600}, None, "expires_at"),
    ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
    ({"success_url": "thanks"}, "url_invalid", "success_url"),
    ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
    ({"cents": 49}, "amount_too_small", None),
]


@pytest.mark.parametrize(("more", "code", "param"), REFUSED)
def test_what_cannot_be_asked_is_refused_by_name(
    client: Client, more: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        create(client, **more)

    assert refused.value.http_status == 400
    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.request_id is not None


def test_what_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.retrieve("cs_test_none")

    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_a_wrong_key_opens_nothing(running: Running) -> None:
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": running.url})

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.checkout.sessions.create(session_of())


def test_another_version_of_the_api_is_refused(running: Running) -> None:
    old = stripe.StripeClient(
        "sk_test_local", base_addresses={"api": running.url}, stripe_version="2020-08-27"
    )

    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version"):
        old.v1.checkout.sessions.create(session_of())
