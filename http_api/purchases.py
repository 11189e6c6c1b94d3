"""Purchases of trusted partners, and the standing of any purchase."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.holds import Quote
from http_api.orders import link_to
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.currency.conversion import in_minor_units, minor_units
from shared.holds import quotes
from shared.holds.refusals import said_again
from shared.platform.db import request_transaction
from shared.platform.errors import Invalid
from shared.purchases import queries, refunding, service
from shared.purchases.model import Kind, OrderStatus, PaymentStatus, Purchase, PurchaseEvent
from shared.purchases.service import Wanted

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class BuyDiamond(Asked):
    """`destinationId` is one of the addresses the supplier keeps for us."""

    destination_id: str | None = Field(default=None, alias="destinationId", max_length=100)
    reference: str | None = Field(default=None, max_length=200)
    comments: str | None = Field(default=None, max_length=1_000)
    quote: Quote | None = None
    """A quoted price is kept; a hold of one's own keeps its price anyway."""
    idempotency_key: str | None = Field(default=None, alias="idempotencyKey")


class CancelPurchase(Asked):
    reason: str = Field(min_length=1, max_length=500)


class RefundPurchase(Asked):
    """`amount` is in the currency that was paid; without one, all that is left."""

    amount: Decimal | None = Field(default=None, gt=0, max_digits=14)
    reason: str = Field(min_length=1, max_length=500)
    idempotency_key: str | None = Field(default=None, alias="idempotencyKey")


class PurchaseList(Asked):
    status: OrderStatus | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class Failure(Answer):
    code: str
    message: str


class PaymentView(Answer):
    """Amounts are in `currency`, at the rate of the day the checkout began."""

    currency: str
    amount: Decimal
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


class PurchaseDetail(PurchaseView):
    steps: list[StepView]


class OnePurchase(Answer):
    data: PurchaseView


class OnePurchaseDetail(Answer):
    data: PurchaseDetail


class Purchases(Answer):
    data: list[PurchaseView]
    pagination: Page


class RefundView(Answer):
    id: UUID
    purchase_id: UUID
    amount_cents: int
    reason: str
    status: str
    failure: str | None
    created_at: datetime
    updated_at: datetime


class OneRefund(Answer):
    data: RefundView


class KeyMissing(Invalid):
    """A purchase must be safe to repeat."""

    code = "IDEMPOTENCY_KEY_REQUIRED"
    hint = "Send an Idempotency-Key header, or idempotencyKey in the body."


@bp.route("v2/diamonds/{diamond_id}/purchase", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_WRITE, body=BuyDiamond, status=201, once="steps")
def purchase_diamond(call: Call[BuyDiamond]) -> OnePurchase:
    """Order a stone at its supplier, for partners who are invoiced.

    An answer whose `orderStatus` is `pending` goes on by itself: look at it again.
    """
    if call.idempotency_key is None:
        raise KeyMissing("A purchase needs an idempotency key.")
    asked, client, stone = call.asked, call.caller.client_name, call.id("diamond_id")
    promise = quotes.redeem(asked.quote, client, stone) if asked.quote else None
    purchase = service.buy(
        Wanted(
            client_name=client,
            client_key=call.idempotency_key,
            diamond_id=stone,
            promised=promise.price if promise else None,
            reference=asked.reference,
            comments=asked.comments,
            destination_id=asked.destination_id,
        )
    )
    if purchase.failure is not None:
        raise said_again(purchase.failure)
    return OnePurchase(data=shown(call.req, purchase))


@bp.route("v2/purchases", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_READ, query=PurchaseList)
def list_purchases(call: Call[PurchaseList]) -> Purchases:
    """The caller's own, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_purchases(
            conn,
            client_name=call.caller.client_name,
            order_status=asked.status,
            before=number(asked.cursor),
            limit=asked.limit + 1,
        )
    page_of, page = cut(found, asked.limit, lambda last: [str(last.number)])
    return Purchases(data=[shown(call.req, purchase) for purchase in page_of], pagination=page)


@bp.route("v2/purchases/{purchase_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_READ)
def get_purchase(call: Call[Nothing]) -> OnePurchaseDetail:
    """A purchase and every step of it."""
    with request_transaction() as conn:
        purchase = service.get(conn, call.caller.client_name, call.id("purchase_id"))
        events = queries.list_events(conn, purchase_id=purchase.id)
    detail = PurchaseDetail(**shown(call.req, purchase).model_dump(), steps=_steps(events))
    return OnePurchaseDetail(data=detail)


@bp.route("v2/purchases/{purchase_id}/cancel", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_READ, body=CancelPurchase, once="steps")
def cancel_purchase(call: Call[CancelPurchase]) -> OnePurchase:
    """Stop a purchase of which the supplier knows nothing yet; who may begin it may stop it."""
    client, purchase_id = call.caller.client_name, call.id("purchase_id")
    with request_transaction() as conn:
        kind = service.get(conn, client, purchase_id).kind
    call.demand(Scope.PURCHASES_WRITE if kind == "partner" else Scope.CHECKOUT_WRITE)
    return OnePurchase(data=shown(call.req, service.cancel(client, purchase_id, call.asked.reason)))


@bp.route("v2/purchases/{purchase_id}/refunds", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, body=RefundPurchase, status=202)
def refund_purchase(call: Call[RefundPurchase]) -> OneRefund:
    """Give captured money back, all of it or a part; the sum is never more than was captured."""
    asked, purchase_id = call.asked, call.id("purchase_id")
    with request_transaction() as conn:
        refund = refunding.request(
            conn,
            purchase_id,
            _cents(conn, purchase_id, asked.amount),
            asked.reason,
            call.caller.client_name,
        )
    return OneRefund(data=RefundView.model_validate(refund))


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


def _cents(conn: Connection, purchase_id: UUID, amount: Decimal | None) -> int | None:
    purchase = queries.find_purchase(conn, purchase_id=purchase_id)
    if amount is None or purchase is None:
        return None
    try:
        return in_minor_units(amount, purchase.currency.upper())
    except ValueError as error:
        raise Invalid("The amount is not one.", fields={"amount": str(error)}) from error


def _payment(purchase: Purchase) -> PaymentView | None:
    if purchase.amount_cents is None:
        return None
    currency = purchase.currency.upper()
    unit = Decimal(1).scaleb(-minor_units(currency))
    authorised = purchase.authorised_cents
    return PaymentView(
        currency=currency,
        amount=purchase.amount_cents * unit,
        rate=purchase.rate,
        rated_on=purchase.rated_on,
        authorised=None if authorised is None else authorised * unit,
        captured=purchase.captured_cents * unit,
        refunded=purchase.refunded_cents * unit,
        capture_before=purchase.capture_before,
    )


def _steps(events: Sequence[PurchaseEvent]) -> list[StepView]:
    return [
        StepView(
            event=event.event,
            order_status=event.order_status,
            payment_status=event.payment_status,
            at=event.created_at,
        )
        for event in events
    ]
