"""Checkouts of shops whose customers pay by card, and what the payment partner tells us."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, StringConstraints

from http_api.endpoint import Answer, Asked, Call, Nothing, Start, endpoint, starter
from http_api.holds import Quote
from http_api.orders import link_to
from http_api.purchases import KeyMissing
from shared.access.model import Scope
from shared.currency.conversion import minor_units
from shared.holds import quotes
from shared.payments import gateway
from shared.purchases import checkout
from shared.purchases.checkout import Customer
from shared.purchases.model import Purchase
from shared.purchases.payloads import SettlePurchase
from shared.purchases.service import Wanted

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
SETTLE_PURCHASE = "settle_purchase"

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2_000)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=300)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class BeginCheckout(Asked):
    """`{CHECKOUT_SESSION_ID}` in `successUrl` is replaced."""

    diamond_id: UUID = Field(alias="diamondId")
    currency: Currency = "USD"
    email: Email | None = None
    success_url: Url | None = Field(default=None, alias="successUrl")
    cancel_url: Url | None = Field(default=None, alias="cancelUrl")
    destination_id: str | None = Field(default=None, alias="destinationId", max_length=100)
    reference: str | None = Field(default=None, max_length=200)
    comments: str | None = Field(default=None, max_length=1_000)
    quote: Quote | None = None
    """A quoted price is kept, in the quote's currency at the quote's rate."""
    idempotency_key: str | None = Field(default=None, alias="idempotencyKey")


class CheckoutView(Answer):
    """The customer pays at `checkoutUrl` until `expiresAt`; the stone is held meanwhile."""

    purchase_id: UUID
    order_number: str
    diamond_id: UUID
    checkout_url: str
    expires_at: datetime
    amount: Decimal
    currency: str
    price_usd: Decimal
    rate: Decimal
    rated_on: date
    order_page: str | None
    """Where the customer follows the order; who has the link needs no key."""


class OneCheckout(Answer):
    data: CheckoutView


class Received(Answer):
    received: bool = True


@bp.route("v2/checkout", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.CHECKOUT_WRITE, body=BeginCheckout, status=201, once="steps")
def begin_checkout(call: Call[BeginCheckout]) -> OneCheckout:
    """Hold a stone and make a page where a customer pays for it in their currency."""
    if call.idempotency_key is None:
        raise KeyMissing("A checkout needs an idempotency key.")
    asked, client = call.asked, call.caller.client_name
    promise = quotes.redeem(asked.quote, client, asked.diamond_id) if asked.quote else None
    wanted = Wanted(
        client_name=client,
        client_key=call.idempotency_key,
        diamond_id=asked.diamond_id,
        reference=asked.reference,
        comments=asked.comments,
        destination_id=asked.destination_id,
        promised=promise.price if promise else None,
    )
    customer = Customer(
        asked.currency, asked.email, asked.success_url, asked.cancel_url, promise=promise
    )
    return OneCheckout(data=_shown(call.req, checkout.begin(wanted, customer)))


@bp.route("v2/webhooks/stripe", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=None, status=200, also=(401,))
def hear_stripe(call: Call[Nothing]) -> Start[Received] | Received:
    """Keep a signed event once; the purchase it is about is looked at in its own time."""
    signature = call.req.headers.get("Stripe-Signature")
    purchase = checkout.heard(gateway.verified_event(call.req.get_body(), signature))
    if purchase is None:
        return Received()
    request = SettlePurchase(purchase_id=purchase.id)
    return Start(SETTLE_PURCHASE, purchase.instance_id, request, Received())


def _shown(req: func.HttpRequest, purchase: Purchase) -> CheckoutView:
    currency = purchase.currency.upper()
    return CheckoutView(
        purchase_id=purchase.id,
        order_number=purchase.order_number,
        diamond_id=purchase.diamond_id,
        checkout_url=purchase.session_url or "",
        expires_at=purchase.session_expires_at or purchase.updated_at,
        amount=(purchase.amount_cents or 0) * Decimal(1).scaleb(-minor_units(currency)),
        currency=currency,
        price_usd=purchase.price,
        rate=purchase.rate or Decimal(1),
        rated_on=purchase.rated_on or purchase.created_at.date(),
        order_page=link_to(req, purchase),
    )
