"""Events as they reach a shop: signed, again and again until taken, in no order to rely on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.partners import serving
from tests.support.stripe import Running, session_of

Client = stripe.StripeClient

PATIENCE_SECONDS = 20
SALE = [
    "charge.succeeded",
    "checkout.session.completed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.created",
]


@dataclass
class Shop:
    """Takes what is signed with its secret; counts what is not."""

    secret: str = "whsec_shop"
    url: str = ""
    busy: int = 0
    events: list[Any] = field(default_factory=list)
    forged: int = 0

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    async def hook(self, request: Request) -> Response:
        raw, signature = await request.body(), request.headers.get("Stripe-Signature", "")
        if self.busy:
            self.busy -= 1
            return Response(status_code=503)
        try:
            event = stripe.Webhook.construct_event(raw, signature, self.secret)
        except stripe.SignatureVerificationError:
            self.forged += 1
            return Response(status_code=400)
        self.events.append(event)
        return Response(status_code=200)


@pytest.fixture
def shop(running: Running) -> Iterator[Shop]:
    made = Shop()
    application = Starlette(routes=[Route("/hook", made.hook, methods=["POST"])])
    with serving(application) as url:
        made.url = f"{url}/hook"
        running.server.hook(made.url, made.secret)
        yield made
        running.admin("PATCH", "knobs", {"paused": True})


def sell(client: Client, running: Running) -> stripe.checkout.Session:
    session = client.v1.checkout.sessions.create(session_of())
    running.pay(str(session.url))
    return session


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_sale_is_told_with_signatures_the_library_accepts(
    client: Client, running: Running, shop: Shop
) -> None:
    session = sell(client, running)
    wait_for(lambda: len(shop.events) == 4)

    assert sorted(shop.types) == SALE
    (completed,) = [e for e in shop.events if e.type == "checkout.session.completed"]
    assert completed.data.object.id == session.id
    assert completed.data.object.metadata["order_id"] == "ord_1"
    assert completed.api_version == stripe.api_version


def test_an_event_says_which_request_caused_it(
    client: Client, running: Running, shop: Shop
) -> None:
    session = client.v1.checkout.sessions.create(session_of())
    client.v1.checkout.sessions.expire(session.id, None, {"idempotency_key": "the-end"})
    wait_for(lambda: len(shop.events) == 1)

    assert shop.events[0].request.idempotency_key == "the-end"


def test_an_endpoint_made_by_the_library_hears_what_it_asked_for(
    client: Client, running: Running, shop: Shop
) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": ["checkout.session.expired"]}
    )
    shop.secret = str(made.secret)
    client.v1.webhook_endpoints.delete("we_local")

    session = sell(client, running)
    other = client.v1.checkout.sessions.create(session_of())
    client.v1.checkout.sessions.expire(other.id)
    wait_for(lambda: bool(shop.events))

    assert shop.types == ["checkout.session.expired"]
    assert session.id != shop.events[0].data.object.id


def test_what_was_not_taken_comes_again(client: Client, running: Running, shop: Shop) -> None:
    running.admin("PATCH", "knobs", {"retry_seconds": 0.05})
    shop.busy = 6

    sell(client, running)
    wait_for(lambda: len(shop.events) == 4)

    assert sorted(shop.types) == SALE
    assert sum(one["attempts"] for one in running.admin("GET", "deliveries")) == 10


def test_a_lost_delivery_is_made_up_for(client: Client, running: Running, shop: Shop) -> None:
    running.admin("PATCH", "knobs", {"retry_seconds": 0.05, "unheard": 3})

    sell(client, running)
    wait_for(lambda: len(shop.events) == 4)

    assert running.admin("GET", "knobs")["unheard"] == 0


def test_events_come_twice_when_they_are_told_to(
    client: Client, running: Running, shop: Shop
) -> None:
    running.admin("PATCH", "knobs", {"copies": 2})

    sell(client, running)
    wait_for(lambda: len(shop.events) == 8)

    assert len({event.id for event in shop.events}) == 4


def test_an_old_event_can_be_sent_again(client: Client, running: Running, shop: Shop) -> None:
    sell(client, running)
    wait_for(lambda: len(shop.events) == 4)

    again = shop.events[0].id
    running.admin("POST", f"events/{again}/deliver")
    wait_for(lambda: len(shop.events) == 5)

    assert shop.events[-1].id == again


def test_events_wait_while_deliveries_are_paused(
    client: Client, running: Running, shop: Shop
) -> None:
    running.admin("PATCH", "knobs", {"paused": True})
    sell(client, running)

    waiting = [one["ended"] for one in running.admin("GET", "deliveries")]
    running.admin("PATCH", "knobs", {"paused": False})
    wait_for(lambda: len(shop.events) == 4)

    assert waiting == [0] * 4


def test_events_come_late_when_they_are_told_to(
    client: Client, running: Running, shop: Shop
) -> None:
    running.admin("PATCH", "knobs", {"late_seconds": 3600})

    sell(client, running)

    assert all(one["due"] > time.time() + 3000 for one in running.admin("GET", "deliveries"))
    assert shop.events == []


def test_what_waits_is_told_backwards_when_it_is_told_to(
    client: Client, running: Running, shop: Shop
) -> None:
    running.admin("PATCH", "knobs", {"paused": True, "newest_first": True})
    sell(client, running)

    due = running.server._deliveries._waiting
    running.server.admin.knobs = running.server.admin.knobs.model_copy(update={"paused": False})

    numbers = [delivery.id for delivery in due()]
    assert numbers == sorted(numbers, reverse=True)


def test_a_forged_event_carries_a_signature_that_does_not_hold(
    running: Running, shop: Shop
) -> None:
    event = {"type": "checkout.session.completed", "object": {"id": "cs_1"}, "url": shop.url}

    assert running.admin("POST", "forge", event) == {"status": 400}
    assert (shop.forged, shop.events) == (1, [])
