"""Idempotency keys as documented, and every way in which an answer can go missing."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import stripe

from local.partners.stripe.desk import new
from local.partners.stripe.store import Reply
from tests.support.stripe import Running, session_of

Client = stripe.StripeClient


def create(client: Client, key: str, /, **more: Any) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(session_of(**more), {"idempotency_key": key})


def authorised(client: Client, running: Running) -> str:
    session = create(client, new("key"))
    running.pay(str(session.url))
    return str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)


def capture(client: Client, which: str, key: str = "capture") -> stripe.PaymentIntent:
    return client.v1.payment_intents.capture(which, None, {"idempotency_key": key})


def captured(running: Running) -> int:
    total: int = running.books()["totals"]["captured"]
    return total


def test_the_same_key_gives_the_same_answer_and_does_nothing(
    client: Client, running: Running
) -> None:
    first, again = create(client, "k"), create(client, "k")

    assert again == first
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(running.books()["sessions"]) == 1


def test_other_parameters_under_the_same_key_are_an_error(client: Client) -> None:
    create(client, "k")

    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
        create(client, "k", cents=1_000)

    assert refused.value.http_status == 400


def test_another_endpoint_under_the_same_key_is_an_error(client: Client) -> None:
    session = create(client, "k")

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.checkout.sessions.expire(session.id, None, {"idempotency_key": "k"})


def test_a_refused_parameter_does_not_use_up_the_key(client: Client) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(client, "k", customer_email="nobody")

    assert create(client, "k").status == "open"


def test_a_refused_state_does(client: Client, running: Running) -> None:
    which = authorised(client, running)
    refund: Any = {"payment_intent": which}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create(refund, {"idempotency_key": "back"})
    capture(client, which)

    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create(refund, {"idempotency_key": "back"})


def test_after_a_day_a_key_is_forgotten(client: Client, running: Running) -> None:
    yesterday = time.time() - 25 * 3600
    running.server.store.keep_reply("k", Reply("other", 200, "{}", "req_1", yesterday))

    assert create(client, "k").status == "open"


def test_a_hundred_captures_at_once_with_one_key_take_the_money_once(
    client: Client, running: Running
) -> None:
    which = authorised(client, running)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: capture(client, which).status, range(100)))

    assert answers == ["succeeded"] * 100
    assert captured(running) == 189_900
    assert len(running.server.store.every("event")) == 6


def test_a_key_in_use_is_a_conflict(client: Client, running: Running) -> None:
    which = authorised(client, running)
    running.expect("payment_intents.capture", "slow", seconds=2)
    first = threading.Thread(target=capture, args=(client, which))
    first.start()
    while running.server.faults.waiting():
        time.sleep(0.01)

    with pytest.raises(stripe.APIError) as refused:
        capture(client, which)
    first.join()

    assert refused.value.http_status == 409
    assert refused.value.error is not None
    assert refused.value.error.code == "idempotency_key_in_use"
    assert capture(client, which).status == "succeeded"


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("rate_limited", stripe.RateLimitError),
        ("unavailable", stripe.APIError),
        ("cut_before", stripe.APIConnectionError),
    ],
)
def test_what_failed_before_it_began_succeeds_under_the_same_key(
    client: Client, running: Running, kind: Any, failure: type[Exception]
) -> None:
    which = authorised(client, running)
    running.expect("payment_intents.capture", kind)

    with pytest.raises(failure):
        capture(client, which)
    assert captured(running) == 0

    assert capture(client, which).status == "succeeded"
    assert captured(running) == 189_900


def test_a_lost_answer_is_heard_under_the_same_key(client: Client, running: Running) -> None:
    which = authorised(client, running)
    running.expect("payment_intents.capture", "cut_after")

    with pytest.raises(stripe.APIConnectionError):
        capture(client, which)
    assert captured(running) == 189_900

    assert capture(client, which).status == "succeeded"
    assert captured(running) == 189_900


@pytest.mark.parametrize(("kind", "taken"), [("broken", 0), ("broken_after", 189_900)])
def test_a_500_is_what_the_key_answers_ever_after(
    client: Client, running: Running, kind: Any, taken: int
) -> None:
    which = authorised(client, running)
    running.expect("payment_intents.capture", kind)

    for _ in range(3):
        with pytest.raises(stripe.APIError):
            capture(client, which)

    assert captured(running) == taken
    assert running.server.faults.waiting() == []


@pytest.mark.parametrize(("kind", "sessions"), [("silent_before", 0), ("silent_after", 1)])
def test_silence_tells_nothing(running: Running, kind: Any, sessions: int) -> None:
    running.expect("sessions.create", kind, seconds=5)

    with pytest.raises(httpx.TimeoutException):
        httpx.post(
            f"{running.url}/v1/checkout/sessions",
            headers={"Authorization": "Bearer sk_test_local"},
            content="mode=payment&success_url=http://s/&line_items[0][price_data][currency]=cad"
            "&line_items[0][price_data][unit_amount]=100"
            "&line_items[0][price_data][product_data][name]=x",
            timeout=1,
        )

    assert len(running.books()["sessions"]) == sessions


def test_the_library_repeats_what_was_cut_by_itself(running: Running) -> None:
    running.expect("sessions.create", "cut_after", times=2)

    create(running.client(retries=2), "k")

    assert len(running.books()["sessions"]) == 1


def test_faults_hit_where_and_as_often_as_they_are_told(client: Client, running: Running) -> None:
    fault = {"on": "sessions.retrieve", "kind": "unavailable", "times": 2, "after": 1}
    running.admin("POST", "faults", [fault])
    session = create(client, "k")
    retrieve: Callable[[str], Any] = client.v1.checkout.sessions.retrieve

    heard = []
    for _ in range(4):
        try:
            heard.append(retrieve(session.id).status)
        except stripe.APIError as error:
            heard.append(error.http_status)

    assert heard == ["open", 503, 503, "open"]
    assert running.admin("GET", "faults") == []
