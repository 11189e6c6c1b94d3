"""Stripe's stand-in on a port of its own, in this process, and a customer to pay at it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import stripe

from local.partners.stripe.admin import books
from local.partners.stripe.faults import Fault, Kind
from local.partners.stripe.server import HOOK_SECRET, SECRET_KEY, Server
from tests.support.partners import serving

GOOD_CARD = "4242424242424242"
SHOP = "http://shop.example.test"


@dataclass(frozen=True)
class Running:
    server: Server
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What the app must be told to use it."""
        return {
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": HOOK_SECRET,
            "STRIPE_API_BASE": self.url,
        }

    def client(self, *, retries: int = 0) -> stripe.StripeClient:
        return stripe.StripeClient(
            SECRET_KEY, base_addresses={"api": self.url}, max_network_retries=retries
        )

    def expect(self, on: str, kind: Kind, **more: Any) -> None:
        self.server.faults.expect(Fault(on=on, kind=kind, **more))

    def pay(self, page: str, card: str = GOOD_CARD, **typed: str) -> httpx.Response:
        """As a customer would on the hosted page; redirects to the shop are not followed."""
        fields = {
            "email": "buyer@example.test",
            "cardNumber": card,
            "cardExpiry": "12 / 40",
            "cardCvc": "123",
            "billingName": "Avery Tremblay",
            "billingCountry": "CA",
            "billingPostalCode": "K1A 0B1",
        }
        return httpx.post(page, data=fields | typed)

    def books(self) -> dict[str, Any]:
        return books(self.server.store)

    def admin(self, method: str, path: str, content: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/admin/{path}", json=content)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def running(file: Path | str = ":memory:") -> Iterator[Running]:
    with Server(file) as server, serving(server.application()) as url:
        yield Running(server, url)


def session_of(*, cents: int = 189_900, **more: Any) -> Any:
    """What a shop asks for to sell one stone, authorising first."""
    stone = {
        "currency": "cad",
        "unit_amount": cents,
        "product_data": {"name": "Round 1.50 ct E VS1", "metadata": {"stone": "d-1"}},
    }
    order = {"order_id": "ord_1"}
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": stone}],
        "success_url": f"{SHOP}/thanks?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{SHOP}/cart",
        "client_reference_id": "ord_1",
        "metadata": order,
        "allowed_payment_method_types": ["card"],
        "payment_intent_data": {"capture_method": "manual", "metadata": order},
        **more,
    }
