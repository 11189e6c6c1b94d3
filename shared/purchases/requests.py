"""What customers ask for: to send a stone back, or anything else; people decide, rows remember."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from psycopg import Connection

from shared.diamonds import stones
from shared.platform import clock, db
from shared.platform.errors import Invalid
from shared.platform.settings import settings
from shared.platform.sql import queries as queries_of
from shared.purchases import news, queries
from shared.purchases.model import Purchase
from shared.purchases.request_model import (
    Asking,
    NotReturnable,
    Request,
    RequestDecided,
    RequestKind,
    RequestNotFound,
    RequestStatus,
    TooManyQuestions,
)

SQL = queries_of("requests")

OPEN_QUESTIONS = 5
"""So many may wait about one purchase; more of them would be answered no sooner."""


def returnable_until(purchase: Purchase) -> datetime | None:
    """When the window for sending it back closes; None where there is none."""
    days = min(settings().selling.return_days, purchase.return_days or 0)
    if days <= 0 or purchase.order_status != "completed" or purchase.ended_at is None:
        return None
    return None if purchase.payment_status == "refunded" else purchase.ended_at + timedelta(days)


def ask(conn: Connection, purchase: Purchase, asking: Asking) -> Request:
    """Ask for something about a purchase; what is being asked already is found again."""
    purchase = queries.lock_purchase(conn, purchase_id=purchase.id)
    same = _same(conn, asking, purchase.client_name, purchase.diamond_id, purchase)
    if same:
        return same
    if asking.kind == "return":
        _require_returnable(purchase)
    return _asked(conn, asking, purchase.client_name, purchase.diamond_id, purchase)


def ask_about_stone(
    conn: Connection, client_name: str, diamond_id: UUID, asking: Asking
) -> Request:
    """Ask about a stone that nobody has bought."""
    if asking.kind == "return":
        raise Invalid("What comes back was bought.", fields={"purchaseId": "missing"})
    stones.get(conn, diamond_id)
    same = _same(conn, asking, client_name, diamond_id, None)
    return same or _asked(conn, asking, client_name, diamond_id, None)


def cancel(
    conn: Connection,
    request_id: UUID,
    *,
    purchase: UUID | None = None,
    client: str | None = None,
) -> Request:
    """Who asked wants it no more: the client, or whoever has the link to the purchase."""
    request = locked(conn, request_id)
    own = request.purchase_id == purchase if purchase else request.client_name == client
    if not own:
        raise RequestNotFound(f"You have no request {request_id}.")
    if request.status == "cancelled":
        return request
    allowed = ("requested", "approved") if request.kind == "return" else ("requested",)
    if request.status not in allowed:
        raise RequestDecided(f"It is {request.status}.")
    return moved(conn, request, "cancelled")


def of(conn: Connection, purchase_id: UUID) -> list[Request]:
    return db.many(conn, SQL["list_requests_of"], Request, purchase_id=purchase_id)


def listed(
    conn: Connection,
    *,
    kind: RequestKind | None,
    status: RequestStatus | None,
    before: int | None,
    limit: int,
) -> list[Request]:
    wanted = {"kind": kind, "status": status, "before": before, "limit": limit}
    return db.many(conn, SQL["list_requests"], Request, **wanted)


def _require_returnable(purchase: Purchase) -> None:
    until = returnable_until(purchase)
    if until is None:
        raise NotReturnable("This stone cannot be sent back.")
    if until <= clock.now():
        raise NotReturnable(f"It could be sent back until {until.isoformat()}.")


def _asked(
    conn: Connection,
    asking: Asking,
    client_name: str,
    diamond_id: UUID,
    purchase: Purchase | None,
) -> Request:
    purchase_id = purchase.id if purchase else None
    if asking.kind == "question":
        named = {"client_name": client_name, "purchase_id": purchase_id}
        if db.value(conn, SQL["count_open_questions"], **named) >= OPEN_QUESTIONS:
            raise TooManyQuestions(f"{OPEN_QUESTIONS} questions wait for an answer already.")
    request = db.find(
        conn,
        SQL["insert_request"],
        Request,
        id=uuid4(),
        kind=asking.kind,
        purchase_id=purchase_id,
        diamond_id=diamond_id,
        client_name=client_name,
        by_link=asking.by_link,
        message=asking.message,
        contact=asking.contact,
    )
    if request is None:  # somebody asked the same meanwhile
        same = _same(conn, asking, client_name, diamond_id, purchase)
        if same is None:
            raise RequestDecided("It was decided meanwhile; ask again.")
        return same
    _noted(conn, request)
    order = purchase.order_number if purchase else "-"
    news.asked(conn, request.id, request.kind, order, request.message)
    return request


def _same(
    conn: Connection,
    asking: Asking,
    client_name: str,
    diamond_id: UUID,
    purchase: Purchase | None,
) -> Request | None:
    return db.find(
        conn,
        SQL["find_same_request"],
        Request,
        kind=asking.kind,
        purchase_id=purchase.id if purchase else None,
        client_name=client_name,
        diamond_id=diamond_id,
        message=asking.message,
    )


def moved(
    conn: Connection,
    request: Request,
    status: RequestStatus,
    *,
    answer: str | None = None,
    decided_by: str | None = None,
    refund_id: UUID | None = None,
) -> Request:
    """Write down what became of it."""
    after = db.get(
        conn,
        SQL["move_request"],
        Request,
        request_id=request.id,
        status=status,
        answer=answer,
        decided_by=decided_by,
        refund_id=refund_id,
    )
    if status != request.status:
        _noted(conn, after)
    return after


def _noted(conn: Connection, request: Request) -> None:
    """A return is part of what happened to its purchase."""
    if request.kind == "return" and request.purchase_id:
        detail = {"request": str(request.id), "by": request.decided_by}
        queries.advance(conn, request.purchase_id, f"return_{request.status}", detail=detail)


def locked(conn: Connection, request_id: UUID) -> Request:
    """For whoever goes on with it in this transaction."""
    request = db.find(conn, SQL["lock_request"], Request, request_id=request_id)
    if request is None:
        raise RequestNotFound(f"There is no request {request_id}.")
    return request
