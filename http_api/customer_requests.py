"""What customers ask for: returns and questions, by their link or through their shop."""

from decimal import Decimal
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.orders import OwnRequest
from http_api.paging import Page, cut, number
from http_api.purchases import in_cents
from shared.access.model import Scope
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import Invalid
from shared.purchases import answering, links, queries, requests, service
from shared.purchases.request_model import (
    Action,
    Asking,
    Request,
    RequestKind,
    RequestStatus,
)

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class AskOfOrder(Asked):
    """`message` says why it comes back, or what is asked; `contact` how to answer."""

    kind: RequestKind
    message: str = Field(min_length=1, max_length=2_000)
    contact: str | None = Field(default=None, max_length=300)


class AskOfUs(AskOfOrder):
    """About a purchase of the caller's, or about a stone."""

    purchase_id: UUID | None = Field(default=None, alias="purchaseId")
    diamond_id: UUID | None = Field(default=None, alias="diamondId")


class RequestList(Asked):
    kind: RequestKind | None = None
    status: RequestStatus | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class DecideRequest(Asked):
    """The customer reads `note`; `amount` belongs to `refund`, which is of all without one."""

    action: Action
    note: str | None = Field(default=None, min_length=1, max_length=2_000)
    amount: Decimal | None = Field(default=None, gt=0, max_digits=14)


class RequestView(OwnRequest):
    purchase_id: UUID | None
    diamond_id: UUID
    client_name: str
    by_link: bool
    contact: str | None
    decided_by: str | None
    refund_id: UUID | None


class OneOwnRequest(Answer):
    data: OwnRequest


class OneRequest(Answer):
    data: RequestView


class Requests(Answer):
    data: list[RequestView]
    pagination: Page


@bp.route("v2/order/requests", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=None, by_link=True, body=AskOfOrder, status=201)
def ask_about_order(call: Call[AskOfOrder]) -> OneOwnRequest:
    """Ask to send a stone back, or anything about an order; asked twice it is one request."""
    asked = call.asked
    with transaction() as conn:
        purchase = queries.find_purchase(conn, purchase_id=call.purchase_id)
        if purchase is None:
            raise links.OrderUnknown
        asking = Asking(asked.kind, asked.message, asked.contact, by_link=True)
        request = requests.ask(conn, purchase, asking)
    return OneOwnRequest(data=OwnRequest.model_validate(request))


@bp.route("v2/order/requests/{request_id}/cancel", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=None, by_link=True)
def cancel_order_request(call: Call[Nothing]) -> OneOwnRequest:
    """Take a request about an order back."""
    with transaction() as conn:
        request = requests.cancel(conn, call.id("request_id"), purchase=call.purchase_id)
    return OneOwnRequest(data=OwnRequest.model_validate(request))


@bp.route("v2/requests", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_READ, body=AskOfUs, status=201)
def ask_us(call: Call[AskOfUs]) -> OneOwnRequest:
    """Ask to send a purchase of the caller's back, or anything about it or about a stone."""
    with request_transaction() as conn:
        return OneOwnRequest(data=OwnRequest.model_validate(_asked(conn, call)))


@bp.route("v2/requests/{request_id}/cancel", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.PURCHASES_READ)
def cancel_request(call: Call[Nothing]) -> OneOwnRequest:
    """Take a request of the caller's back."""
    with request_transaction() as conn:
        request = requests.cancel(conn, call.id("request_id"), client=call.caller.client_name)
    return OneOwnRequest(data=OwnRequest.model_validate(request))


@bp.route("v2/requests", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, query=RequestList)
def list_requests(call: Call[RequestList]) -> Requests:
    """What customers asked for, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = requests.listed(
            conn,
            kind=asked.kind,
            status=asked.status,
            before=number(asked.cursor),
            limit=asked.limit + 1,
        )
    page_of, page = cut(found, asked.limit, lambda last: [str(last.number)])
    return Requests(data=[RequestView.model_validate(one) for one in page_of], pagination=page)


@bp.route("v2/requests/{request_id}/decide", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, body=DecideRequest)
def decide_request(call: Call[DecideRequest]) -> OneRequest:
    """Go on with a request: `approve`, `receive` and `refund`, or `refuse`; `answer`, `close`.

    A refund is made as all are; the return is `refunded` once the money is back.
    """
    asked, request_id = call.asked, call.id("request_id")
    with request_transaction() as conn:
        request = requests.locked(conn, request_id)
        if asked.amount is not None and (asked.action != "refund" or request.purchase_id is None):
            raise Invalid("Only a refund has an amount.", fields={"amount": "not with this action"})
        cents = in_cents(conn, request.purchase_id, asked.amount) if request.purchase_id else None
        decided = answering.decide(
            conn,
            request,
            asked.action,
            decided_by=call.caller.client_name,
            note=asked.note,
            amount_cents=cents,
        )
    return OneRequest(data=RequestView.model_validate(decided))


def _asked(conn: Connection, call: Call[AskOfUs]) -> Request:
    asked, client = call.asked, call.caller.client_name
    asking = Asking(asked.kind, asked.message, asked.contact)
    if asked.purchase_id:
        return requests.ask(conn, service.get(conn, client, asked.purchase_id), asking)
    if asked.diamond_id is None:
        raise Invalid("What is it about?", fields={"purchaseId": "or diamondId is needed"})
    return requests.ask_about_stone(conn, client, asked.diamond_id, asking)
