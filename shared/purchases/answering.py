"""A person's decision about a customer's request, and the refund that follows a return."""

from collections.abc import Mapping

from psycopg import Connection

from shared.platform.errors import Invalid
from shared.purchases import queries, refunding, requests
from shared.purchases.request_model import (
    Action,
    Request,
    RequestDecided,
    RequestKind,
    RequestStatus,
)

STEPS: Mapping[tuple[RequestKind, Action], tuple[tuple[RequestStatus, ...], RequestStatus]] = {
    ("return", "approve"): (("requested",), "approved"),
    ("return", "refuse"): (("requested", "received"), "refused"),
    ("return", "receive"): (("approved",), "received"),
    ("question", "answer"): (("requested",), "answered"),
    ("question", "close"): (("requested", "answered"), "closed"),
}
"""From where an action leads where; refunds go a way of their own."""
SAYING_SOMETHING: tuple[Action, ...] = ("refuse", "answer")


def decide(
    conn: Connection,
    request: Request,
    action: Action,
    *,
    decided_by: str,
    note: str | None = None,
    amount_cents: int | None = None,
) -> Request:
    """Go on with a locked request; done again, it is as it was."""
    if action in SAYING_SOMETHING and not note:
        raise Invalid("The customer must be told something.", fields={"note": "missing"})
    if action == "refund" and request.kind == "return":
        return _refunded(conn, request, decided_by, note, amount_cents)
    if (request.kind, action) not in STEPS:
        raise Invalid("This cannot be done.", fields={"action": f"not with a {request.kind}"})
    allowed, status = STEPS[request.kind, action]
    if request.status == status:
        return request
    if request.status not in allowed or request.refund_id:
        raise RequestDecided(f"It is {request.status}.")
    return requests.moved(conn, request, status, answer=note, decided_by=decided_by)


def _refunded(
    conn: Connection, request: Request, decided_by: str, note: str | None, cents: int | None
) -> Request:
    """The money goes back as all refunds do; the database ends the return when it is back."""
    if request.refund_id or request.status == "refunded":
        return request
    if request.status != "received" or request.purchase_id is None:
        raise RequestDecided(f"It is {request.status}.")
    purchase = queries.lock_purchase(conn, purchase_id=request.purchase_id)
    if purchase.kind == "partner":  # was invoiced: the credit is in other books
        return requests.moved(conn, request, "refunded", answer=note, decided_by=decided_by)
    reason = f"returned: {request.message}"[:500]
    refund = refunding.request(conn, purchase.id, cents, reason, decided_by)
    return requests.moved(
        conn, request, "received", answer=note, decided_by=decided_by, refund_id=refund.id
    )
