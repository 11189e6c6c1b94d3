"""A purchase as clients and staff see it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer
from http_api.orders import OwnRequest, link_to
from shared.currency.conversion import minor_units
from shared.purchases.disputes import Dispute
from shared.purchases.model import Kind, OrderStatus, PaymentStatus, Purchase, PurchaseEvent


class Failure(Answer):
    code: str
    message: str


class PaymentView(Answer):
    """Amounts are in `currency`, at the rate of the day the checkout began."""

    currency: str
    amount: Decimal
    tax: Decimal
    """What the payment partner added to it."""
    rate: Decimal | None
    rated_on: date | None
    authorised: Decimal | None
    captured: Decimal
    refunded: Decimal
    capture_before: datetime | None


class PurchaseView(Answer):
    id: UUID
    order_number: str
    kind: Kind
    diamond_id: UUID
    hold_id: UUID
    order_status: OrderStatus
    payment_status: PaymentStatus
    needs_decision: bool
    """The supplier's answer to the order was lost, and somebody is clearing it up."""
    price: Decimal
    currency: str
    payment: PaymentView | None
    """Of a checkout; partners are invoiced."""
    reference: str | None
    comments: str | None
    destination_id: str | None
    failure: Failure | None
    order_page: str | None
    """Where a customer follows it; who has the link needs no key."""
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class StepView(Answer):
    event: str
    order_status: OrderStatus
    payment_status: PaymentStatus
    at: datetime


class DisputeView(Answer):
    """`id` is the payment partner's; it takes no evidence after `respondBy`."""

    id: str
    amount: Decimal
    reason: str = Field(examples=["fraudulent"])
    status: str = Field(examples=["needs_response"])
    respond_by: datetime | None
    opened_at: datetime
    updated_at: datetime


class PurchaseDetail(PurchaseView):
    steps: list[StepView]
    disputes: list[DisputeView]
    requests: list[OwnRequest]


def shown(req: func.HttpRequest, purchase: Purchase) -> PurchaseView:
    failure = purchase.failure
    return PurchaseView(
        id=purchase.id,
        order_number=purchase.order_number,
        kind=purchase.kind,
        diamond_id=purchase.diamond_id,
        hold_id=purchase.hold_id,
        order_status=purchase.order_status,
        payment_status=purchase.payment_status,
        needs_decision=purchase.supplier_order == "unknown",
        price=purchase.price,
        currency="USD",
        payment=_payment(purchase),
        reference=purchase.reference,
        comments=purchase.comments,
        destination_id=purchase.destination_id,
        failure=Failure(code=failure["code"], message=failure["message"]) if failure else None,
        order_page=link_to(req, purchase),
        created_at=purchase.created_at,
        updated_at=purchase.updated_at,
        ended_at=purchase.ended_at,
    )


def _payment(purchase: Purchase) -> PaymentView | None:
    if purchase.amount_cents is None:
        return None
    currency = purchase.currency.upper()
    unit = Decimal(1).scaleb(-minor_units(currency))
    authorised = purchase.authorised_cents
    return PaymentView(
        currency=currency,
        amount=purchase.amount_cents * unit,
        tax=purchase.tax_cents * unit,
        rate=purchase.rate,
        rated_on=purchase.rated_on,
        authorised=None if authorised is None else authorised * unit,
        captured=purchase.captured_cents * unit,
        refunded=purchase.refunded_cents * unit,
        capture_before=purchase.capture_before,
    )


def disputes_of(purchase: Purchase, known: Sequence[Dispute]) -> list[DisputeView]:
    unit = Decimal(1).scaleb(-minor_units(purchase.currency.upper()))
    return [
        DisputeView(**one.model_dump(exclude={"amount_cents"}), amount=one.amount_cents * unit)
        for one in known
    ]


def steps_of(events: Sequence[PurchaseEvent]) -> list[StepView]:
    return [
        StepView(
            event=event.event,
            order_status=event.order_status,
            payment_status=event.payment_status,
            at=event.created_at,
        )
        for event in events
    ]
