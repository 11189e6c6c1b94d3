"""Purchases of trusted partners, and the standing of any purchase."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.holds import Quote
from http_api.orders import OwnRequest
from http_api.paging import Page, cut, number
from http_api.purchase_views import (
    PurchaseDetail,
    PurchaseView,
    disputes_of,
    shown,
    steps_of,
)
from shared.access.model import Scope
from shared.currency.conversion import in_minor_units
from shared.holds import quotes
from shared.holds.refusals import said_again
from shared.platform.db import request_transaction
from shared.platform.errors import Invalid
from shared.purchases import disputes, queries, refunding, requests, service
from shared.purchases.model import OrderStatus
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
        disputed = disputes.of(conn, purchase.id)
        asked = requests.of(conn, purchase.id)
    detail = PurchaseDetail(
        **shown(call.req, purchase).model_dump(),
        steps=steps_of(events),
        disputes=disputes_of(purchase, disputed),
        requests=[OwnRequest.model_validate(one) for one in asked],
    )
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
            in_cents(conn, purchase_id, asked.amount),
            asked.reason,
            call.caller.client_name,
        )
    return OneRefund(data=RefundView.model_validate(refund))


def in_cents(conn: Connection, purchase_id: UUID, amount: Decimal | None) -> int | None:
    """An amount in the purchase's currency; raises Invalid."""
    purchase = queries.find_purchase(conn, purchase_id=purchase_id)
    if amount is None or purchase is None:
        return None
    try:
        return in_minor_units(amount, purchase.currency.upper())
    except ValueError as error:
        raise Invalid("The amount is not one.", fields={"amount": str(error)}) from error
