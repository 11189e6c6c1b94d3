"""An order as its customer sees it: by a link, without a key."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api import documentation
from http_api.endpoint import Answer, Call, Nothing, endpoint
from shared.currency.conversion import minor_units
from shared.platform.db import request_transaction
from shared.purchases import links, queries, refunding, requests, tracking
from shared.purchases.model import Purchase
from shared.purchases.refunding import Refund
from shared.purchases.request_model import RequestKind, RequestStatus

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
PAGE = "/api/orders"


class OrderedStone(Answer):
    """What was bought; what its report does not say is null."""

    id: UUID
    shape: str = Field(examples=["ROUND"])
    carats: Decimal | None = Field(examples=[1.2])
    color: str | None = Field(examples=["F"])
    clarity: str | None = Field(examples=["VS1"])
    cut: str | None = Field(examples=["EX"])
    lab_grown: bool
    certificate_lab: str | None = Field(examples=["GIA"])
    certificate_number: str | None


class OrderStep(Answer):
    step: tracking.StepName
    at: datetime
    amount: Decimal | None
    """Of a refund, in the order's currency."""


class OrderRefund(Answer):
    amount: Decimal
    status: str = Field(examples=["succeeded"])
    requested_at: datetime


class OwnRequest(Answer):
    """A request as whoever made it sees it."""

    id: UUID
    kind: RequestKind
    status: RequestStatus
    message: str = Field(examples=["It is smaller than I thought."])
    answer: str | None = Field(examples=["Please send it insured."])
    created_at: datetime
    updated_at: datetime


class OrderView(Answer):
    """Nothing personal: a link may be passed on."""

    order_number: str = Field(examples=["DO-100001"])
    status: tracking.Standing
    stone: OrderedStone
    price: Decimal = Field(examples=[5321.4])
    """As it was shown when it was bought, in `currency`."""
    currency: str = Field(examples=["USD"])
    tax: Decimal
    """On top of the price."""
    paid: Decimal
    refunded: Decimal
    refunds: list[OrderRefund]
    steps: list[OrderStep]
    pay_at: str | None
    """Where to pay, while that is possible."""
    returnable_until: datetime | None
    """It may be sent back until then; null where it never may."""
    requests: list[OwnRequest]


class OneOrder(Answer):
    data: OrderView


@bp.route("v2/order", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=None, by_link=True)
def get_order(call: Call[Nothing]) -> OneOrder:
    """Every step of an order with its time, for whoever has its link."""
    with request_transaction() as conn:
        purchase = queries.find_purchase(conn, purchase_id=call.purchase_id)
        if purchase is None:
            raise links.OrderUnknown
        return OneOrder(data=_shown(conn, purchase))


@bp.route("orders", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=None, produces=("text/html",))
def read_order(call: Call[Nothing]) -> func.HttpResponse:
    """The page of an order; what names the order follows the `#` and is not sent here."""
    return documentation.asset("order.html", call.req)


def link_to(req: func.HttpRequest, purchase: Purchase) -> str | None:
    """The link to a purchase's page; None while there is no key to sign it with."""
    token, here = links.token_of(purchase), urlsplit(req.url)
    return token and f"{here.scheme}://{here.netloc}{PAGE}#{token}"


def _shown(conn: Connection, purchase: Purchase) -> OrderView:
    refunds = refunding.of(conn, purchase.id)
    events = queries.list_events(conn, purchase_id=purchase.id)
    stone = queries.find_bought_stone(conn, diamond_id=purchase.diamond_id)
    currency, unit = _money(purchase)
    standing = tracking.standing(purchase)
    amount = purchase.amount_cents
    return OrderView(
        order_number=purchase.order_number,
        status=standing,
        stone=OrderedStone.model_validate(stone),
        price=purchase.price if amount is None else amount * unit,
        currency=currency,
        tax=purchase.tax_cents * unit,
        paid=purchase.captured_cents * unit,
        refunded=purchase.refunded_cents * unit,
        refunds=_refunds(refunds, unit),
        steps=[_step(step, unit) for step in tracking.steps(events, refunds)],
        pay_at=purchase.session_url if standing == "awaiting_payment" else None,
        returnable_until=requests.returnable_until(purchase),
        requests=[OwnRequest.model_validate(one) for one in requests.of(conn, purchase.id)],
    )


def _money(purchase: Purchase) -> tuple[str, Decimal]:
    """Its currency and what a smallest unit of it is."""
    currency = purchase.currency.upper()
    return currency, Decimal(1).scaleb(-minor_units(currency))


def _step(step: tracking.Step, unit: Decimal) -> OrderStep:
    amount = None if step.cents is None else step.cents * unit
    return OrderStep(step=step.name, at=step.at, amount=amount)


def _refunds(refunds: Sequence[Refund], unit: Decimal) -> list[OrderRefund]:
    return [
        OrderRefund(amount=one.amount_cents * unit, status=one.status, requested_at=one.created_at)
        for one in refunds
    ]
