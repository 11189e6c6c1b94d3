"""Checkouts: a stone held for somebody who pays by card, in the currency they were shown."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from psycopg import Connection

from shared.currency import conversion
from shared.currency import service as currency
from shared.currency.model import DOLLAR, Rate
from shared.diamonds import stones
from shared.holds.quotes import Promise
from shared.holds.refusals import CheckoutRefused, said_again
from shared.payments.gateway import require_configured
from shared.payments.model import VerifiedEvent
from shared.platform import clock, db
from shared.platform.errors import Invalid
from shared.platform.settings import settings
from shared.purchases import driving, queries, service
from shared.purchases.model import Purchase
from shared.purchases.queries import Opening
from shared.purchases.service import Wanted

SPARE = timedelta(minutes=10)
"""How much longer the stone is held than one may pay: a payment may come at the last second."""


@dataclass(frozen=True)
class Customer:
    """Who pays, in which currency, and where they go afterwards."""

    currency: str = DOLLAR
    email: str | None = None
    success_url: str | None = None
    cancel_url: str | None = None
    promise: Promise | None = None
    """What was quoted; its rate holds in its currency."""


def begin(wanted: Wanted, customer: Customer) -> Purchase:
    """Hold the stone and make a page to pay at; raises why not."""
    require_configured()
    purchase = service.begun_with(wanted, lambda conn: _opened(conn, wanted, customer))
    purchase = driving.drive(purchase.id)
    if purchase.failure is not None:
        raise said_again(purchase.failure)
    if purchase.session_url is None:
        raise CheckoutRefused("The payment page is not ready yet; send the same request again.")
    return purchase


def heard(event: VerifiedEvent) -> Purchase | None:
    """Keep an event once; the purchase that is to be looked at, in a turn of its own."""
    with db.transaction() as conn:
        purchase_id = _whose(conn, event)
        first = queries.keep_event(conn, event, purchase_id)
        if not first or purchase_id is None:
            return None
        return queries.nudge_purchase(conn, purchase_id=purchase_id)


def _whose(conn: Connection, event: VerifiedEvent) -> UUID | None:
    """By what we wrote into its metadata, or by its payment."""
    if event.purchase_id:
        try:
            named = queries.find_purchase(conn, purchase_id=UUID(event.purchase_id))
        except ValueError:
            named = None
        if named:
            return named.id
    if event.intent_id is None:
        return None
    return queries.find_purchase_of_payment(conn, payment_intent_id=event.intent_id)


def _opened(conn: Connection, wanted: Wanted, customer: Customer) -> Purchase:
    purchase_id = uuid4()
    minutes = settings().checkout.minutes + int(SPARE.total_seconds() // 60)
    rate = _rate(conn, customer)
    hold = service.hold_for(conn, wanted, purchase_id, minutes=minutes)
    opening = Opening(
        id=purchase_id,
        kind="checkout",
        client_name=wanted.client_name,
        client_key=wanted.client_key,
        diamond_id=wanted.diamond_id,
        hold_id=hold.id,
        price=hold.price,
        reference=wanted.reference,
        comments=wanted.comments,
        destination_id=wanted.destination_id,
        currency=customer.currency.lower(),
        amount_cents=_cents(hold.price, rate),
        rate=rate.rate,
        rated_on=rate.rated_on,
        customer=_told(conn, wanted.diamond_id, customer),
    )
    return service.opened(conn, opening)


def _rate(conn: Connection, customer: Customer) -> Rate:
    promise = customer.promise
    if promise is None or promise.currency != customer.currency:
        return currency.current(conn, customer.currency)
    return Rate(
        quote=promise.currency,
        rate=promise.rate,
        rated_on=promise.rated_on,
        source="quote",
        fetched_at=clock.now(),
    )


def _cents(price: Decimal, rate: Rate) -> int:
    """What the customer was shown, in the smallest unit of the currency."""
    return conversion.in_minor_units(conversion.converted(price, rate), rate.quote)


def _told(conn: Connection, diamond_id: UUID, customer: Customer) -> dict[str, str]:
    config = settings().checkout
    success = customer.success_url or config.success_url
    back = customer.cancel_url or config.cancel_url or success
    if success is None or back is None:
        raise Invalid(
            "It is not known where customers go after paying.",
            fields={"successUrl": "missing"},
            hint="Send successUrl and cancelUrl, or set CHECKOUT_SUCCESS_URL.",
        )
    told = {"title": _title(conn, diamond_id), "successUrl": success, "cancelUrl": back}
    return told | ({"email": customer.email} if customer.email else {})


def _title(conn: Connection, diamond_id: UUID) -> str:
    stone = stones.get(conn, diamond_id)
    words = (stone["carats"] and f"{stone['carats']} ct", stone["shape"], stone["color"])
    named = " ".join(str(word) for word in (*words, stone["clarity"]) if word)
    certificate = stone["certificate_number"]
    report = f", {stone['certificate_lab']} {certificate}" if certificate else ""
    return f"Diamond {named}{report}"
