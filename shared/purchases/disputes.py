"""Payments their owners dispute: kept as the partner has them, and answered by people in time."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from shared.holds.model import Row
from shared.payments.model import DisputeSeen, DisputeState
from shared.platform import db
from shared.platform.sql import queries as queries_of
from shared.purchases import incidents, news, queries
from shared.purchases.model import Purchase

SQL = queries_of("disputes")

OPEN: tuple[DisputeState, ...] = ("needs_response", "under_review")


class Dispute(Row):
    """`id` is the payment partner's."""

    id: str
    amount_cents: int
    reason: str
    status: DisputeState
    respond_by: datetime | None
    opened_at: datetime
    updated_at: datetime


def of(conn: Connection, purchase_id: UUID) -> list[Dispute]:
    return db.many(conn, SQL["list_disputes"], Dispute, purchase_id=purchase_id)


def heard(conn: Connection, purchase: Purchase, seen: Sequence[DisputeSeen]) -> None:
    """Write down what is new; ask a person for an answer, and no more once it is over."""
    for one in seen:
        kept = db.find(
            conn,
            SQL["keep_dispute"],
            Dispute,
            id=one.id,
            purchase_id=purchase.id,
            amount_cents=one.amount,
            reason=one.reason,
            status=one.state,
            respond_by=one.respond_by,
            opened_at=one.opened_at,
        )
        if kept:
            _moved(conn, purchase, kept)


def differing(known: Sequence[Dispute], seen: Sequence[DisputeSeen]) -> list[str]:
    """Where our books of disputes and the partner's differ; pure."""
    here = {one.id: one.status for one in known}
    return [
        f"dispute {one.id} is {here.get(one.id, 'unknown')} here and {one.state} there"
        for one in seen
        if here.get(one.id) != one.state
    ]


def _moved(conn: Connection, purchase: Purchase, dispute: Dispute) -> None:
    detail = {"dispute": dispute.id, "cents": dispute.amount_cents, "reason": dispute.reason}
    queries.advance(conn, purchase.id, f"dispute_{dispute.status}", detail=detail)
    if dispute.status == "needs_response":
        _ask(conn, purchase, dispute)
        return
    standing = [one.status for one in of(conn, purchase.id)]
    if "needs_response" not in standing:
        incidents.close(conn, purchase, "disputed", f"{dispute.id} is {dispute.status}")
    if dispute.status not in OPEN:
        news.dispute_ended(conn, purchase, dispute.status)


def _ask(conn: Connection, purchase: Purchase, dispute: Dispute) -> None:
    bought = queries.find_bought_stone(conn, diamond_id=purchase.diamond_id)
    evidence = {
        "dispute": dispute.id,
        "cents": dispute.amount_cents,
        "currency": purchase.currency,
        "reason": dispute.reason,
        "respondBy": dispute.respond_by,
        "paymentIntent": purchase.payment_intent_id,
        "supplierOrder": purchase.supplier_order_id,
        "certificate": f"{bought.certificate_lab} {bought.certificate_number}",
        "refundedCents": purchase.refunded_cents,
    }
    incidents.report(
        conn,
        "disputed",
        dispute.id,
        f"The payment of {purchase.order_number} is disputed: {dispute.reason}",
        evidence,
        purchase=purchase,
        due_at=dispute.respond_by,
    )
