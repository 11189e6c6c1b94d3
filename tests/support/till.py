"""A shop that takes cards: Stripe's stand-in beside it, its events received over HTTP."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import azure.functions as func
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from http_api.checkout import begin_checkout, hear_stripe
from shared.payments import gateway
from shared.platform.settings import settings
from shared.purchases import driving, watch
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support import stripe as partner
from tests.support.http import Answered
from tests.support.partners import serving
from tests.support.shop import Shop
from tests.support.shop import shop as opened

HOOK = "/api/v2/webhooks/stripe"
PATIENCE_SECONDS = 90
SHOP = "http://shop.example.test"


class Processes:
    """Does at once what Durable would do soon."""

    async def start_new(self, name: str, instance_id: str, request: dict[str, Any]) -> None:
        assert (name, instance_id.partition(":")[0]) == (
            "settle_purchase",
            f"purchase-{request['purchase_id']}",
        )
        await asyncio.to_thread(driving.drive, UUID(request["purchase_id"]))


async def hear(request: Request) -> Response:
    asked = func.HttpRequest(
        "POST", str(request.url), headers=dict(request.headers), body=await request.body()
    )
    said = await hear_stripe._function.get_user_function().__wrapped__(asked, Processes())
    return Response(said.get_body(), said.status_code, media_type=said.mimetype)


@dataclass
class Till:
    shop: Shop
    stripe: partner.Running
    keys: int = field(default=0)

    def begin(self, number: int = 0, *, key: str | None = None, **body: Any) -> Answered:
        self.keys += 1
        headers = self.shop.key | {"Idempotency-Key": key or f"checkout-{self.keys}"}
        asked = {
            "diamondId": str(self.shop.stone(number)),
            "successUrl": f"{SHOP}/thanks?session={{CHECKOUT_SESSION_ID}}",
            "cancelUrl": f"{SHOP}/cart",
            **body,
        }
        return self.shop.ask(begin_checkout, body=asked, key=headers)

    def purchase(self) -> dict[str, Any]:
        """The latest."""
        return self.shop.rows("SELECT * FROM purchases ORDER BY number DESC LIMIT 1")[0]

    def status(self) -> tuple[str, str]:
        purchase = self.purchase()
        return purchase["order_status"], purchase["payment_status"]

    def until(self, *wanted: tuple[str, str]) -> None:
        """Wait for one of these standings."""
        self.wait(lambda: self.status() in wanted, lambda: f"{self.purchase()}")

    def wait(self, arrived: Callable[[], bool], said: Callable[[], str] = lambda: "") -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not arrived():
            assert time.monotonic() < deadline, said()
            time.sleep(0.02)

    def later(self) -> None:
        """Whatever waits for its time is due, and done, at the payment partner's, too."""
        self.stripe.server.untold()
        self.shop.run(
            "UPDATE purchases SET next_look_at = now()"
            " WHERE next_look_at IS NOT NULL AND claimed_until <= now()"
        )
        for purchase in watch.due():
            driving.drive(purchase.id)

    def settles(self, *wanted: tuple[str, str]) -> None:
        """As `until`, while the clock looks after it, too."""

        def arrived() -> bool:
            self.later()
            return self.status() in wanted

        self.wait(arrived, lambda: f"{self.purchase()}")

    def rests(self) -> None:
        """Wait until all events are told and nobody works at a purchase any more."""
        working = "SELECT FROM purchases WHERE claimed_until > now()"

        def at_rest() -> bool:
            return not (self.stripe.server.untold() or self.shop.rows(working))

        self.wait(at_rest, lambda: f"{self.stripe.server.untold()} events are untold")

    def charges(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.stripe.books()["charges"]
        return found

    @property
    def orders(self) -> list[dict[str, Any]]:
        return self.shop.supplier.orders


@contextmanager
def till(nivoda_: nivoda.Running, app_settings: AppSettings, **environment: str) -> Iterator[Till]:
    """What still receives events ends before what it talks to is hung up."""
    receiving = Starlette(routes=[Route(HOOK, hear, methods=["POST"])])
    with (
        partner.running() as running,
        hanging_up(),
        opened(nivoda_, app_settings, **running.environment, **environment) as shop,
        serving(receiving) as url,
    ):
        running.server.hook(f"{url}{HOOK}")
        yield Till(shop, running)
        running.admin("PATCH", "knobs", {"paused": True})


@contextmanager
def hanging_up() -> Iterator[None]:
    yield
    connection = gateway._http(settings().stripe)._client
    if connection is not None:
        connection.close()
    gateway._http.cache_clear()
    gateway._opened.cache_clear()
