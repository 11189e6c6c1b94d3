"""Money given back after it was captured: in whole or in parts, never more than there was."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from psycopg import Connection

from shared.holds.model import Row
from shared.payments import gateway
from shared.payments.model import (
    PaymentRefused,
    PaymentUncertain,
    RefundSeen,
)
from shared.platform import db
from shared.platform.errors import Conflict, NotFound
from shared.purchases import disputes, incidents, queries
from shared.purchases.model import Purchase

SQL = queries.SQL

ATTEMPTS = 3


class RefundTooLarge(Conflict):
    code = "REFUND_TOO_LARGE"


class NothingToRefund(Conflict):
    """No money was captured, or all of it went back."""

    code = "NOTHING_TO_REFUND"


class PaymentDisputed(Conflict):
    """Money that is disputed is not given back besides; the dispute decides."""

    code = "PAYMENT_DISPUTED"


class Refund(Row):
    id: UUID
    purchase_id: UUID
    amount_cents: int
    reason: str
    requested_by: str
    status: Literal["requested", "pending", "succeeded", "failed"]
    attempt: int
    partner_id: str | None
    failure: str | None
    created_at: datetime
    updated_at: datetime


def request(
    conn: Connection, purchase_id: UUID, amount_cents: int | None, reason: str, requested_by: str
) -> Refund:
    """Ask for money to go back; all that is left, if no amount is named."""
    if queries.find_purchase(conn, purchase_id=purchase_id) is None:
        raise NotFound(f"There is no purchase {purchase_id}.")
    purchase = queries.lock_purchase(conn, purchase_id=purchase_id)
    if any(one.status in (*disputes.OPEN, "lost") for one in disputes.of(conn, purchase_id)):
        raise PaymentDisputed("The customer disputes the payment at their bank.")
    promised = [one.amount_cents for one in of(conn, purchase_id) if one.status != "failed"]
    left = purchase.captured_cents - sum(promised)
    if left <= 0:
        raise NothingToRefund("There is nothing left to give back.")
    amount = left if amount_cents is None else amount_cents
    if amount > left:
        raise RefundTooLarge("That is more than is left.", fields={"left": left})
    asked = db.get(
        conn,
        SQL["insert_refund"],
        Refund,
        id=uuid4(),
        purchase_id=purchase_id,
        amount_cents=amount,
        reason=reason,
        requested_by=requested_by,
    )
    detail = {"refundId": str(asked.id), "cents": amount, "by": requested_by}
    queries.advance(conn, purchase_id, "refund_asked", detail=detail, next_look_at="now")
    return asked


def of(conn: Connection, purchase_id: UUID) -> list[Refund]:
    return db.many(conn, SQL["list_refunds"], Refund, purchase_id=purchase_id)


def next_of(conn: Connection, purchase_id: UUID) -> Refund | None:
    """What was asked for first and not made yet."""
    return next((one for one in of(conn, purchase_id) if one.status == "requested"), None)


def heard(conn: Connection, purchase: Purchase, seen: Sequence[RefundSeen]) -> None:
    """Write down how our refunds stand at the partner."""
    for ours in of(conn, purchase.id):
        one = made_of(ours, seen)
        if one and ours.status != one.state:
            _move(conn, ours, one.state, partner_id=one.id, failure=one.failure)
            if one.state == "failed":
                _report(conn, purchase, ours, one.failure)


def made_of(ours: Refund, seen: Iterable[RefundSeen]) -> RefundSeen | None:
    """What the partner made of it: a refund of this attempt, or any that did not fail; pure.

    One that its bank sent back stays at the partner, and says nothing of the attempts after it.
    """
    mine = [one for one in seen if one.our_id == str(ours.id)]
    kept = (one for one in mine if one.state != "failed")
    return next(kept, None) or next((one for one in mine if one.attempt == ours.attempt), None)


def made(purchase: Purchase, asked: Refund) -> RefundSeen | None:
    """The refund at the partner, made now or by an earlier try; None if certainly not made."""
    intent = purchase.payment_intent_id or ""
    try:
        return gateway.refund(
            intent,
            asked.amount_cents,
            our_id=str(asked.id),
            attempt=asked.attempt,
            key=f"{asked.id}:refund:{asked.attempt}",
        )
    except (PaymentRefused, PaymentUncertain):
        return made_of(asked, gateway.refunds(intent))


def failed_once(conn: Connection, purchase: Purchase, asked: Refund) -> None:
    """Another key for another try; after some of them a person decides."""
    if asked.attempt >= ATTEMPTS:
        failed = _move(conn, asked, "failed", failure="not accepted")
        _report(conn, purchase, failed, "The payment partner does not accept it.")
    else:
        _move(conn, asked, "requested", attempt=asked.attempt + 1)


def again(conn: Connection, purchase_id: UUID) -> None:
    """Try failed refunds anew, as a person decided."""
    for one in of(conn, purchase_id):
        if one.status == "failed":
            _move(conn, one, "requested", attempt=one.attempt + 1)


def _move(
    conn: Connection,
    asked: Refund,
    status: str,
    *,
    partner_id: str | None = None,
    failure: str | None = None,
    attempt: int | None = None,
) -> Refund:
    return db.get(
        conn,
        SQL["move_refund"],
        Refund,
        refund_id=asked.id,
        status=status,
        partner_id=partner_id,
        failure=failure,
        attempt=attempt or asked.attempt,
    )


def _report(conn: Connection, purchase: Purchase, asked: Refund, why: str | None) -> None:
    incidents.report(
        conn,
        "refund_failed",
        str(asked.id),
        f"A refund of {purchase.order_number} failed: {why}",
        {"refund": str(asked.id), "cents": asked.amount_cents, "why": why},
        purchase=purchase,
    )
