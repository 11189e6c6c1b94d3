"""What only a person can decide: opened with the evidence, ended with an allowed action."""

from collections.abc import Mapping
from typing import Any, Literal

from psycopg import Connection

from shared.purchases import news, queries
from shared.purchases.model import Purchase

Kind = Literal[
    "order_outcome_unknown", "unpaid_order", "amount_mismatch", "refund_failed", "books_differ"
]

ACTIONS: Mapping[Kind, tuple[str, ...]] = {
    "order_outcome_unknown": ("ordered", "not_ordered", "order_again"),
    "unpaid_order": ("cancelled_at_supplier", "acknowledge"),
    "amount_mismatch": ("void",),
    "refund_failed": ("try_again", "acknowledge"),
    "books_differ": ("acknowledge",),
}


def report(
    conn: Connection,
    kind: Kind,
    subject: str,
    summary: str,
    evidence: Mapping[str, Any],
    *,
    purchase: Purchase | None = None,
) -> None:
    """Open an incident and tell people; one that is open already stays as it is."""
    opened = queries.open_incident(
        conn,
        kind=kind,
        purchase_id=purchase.id if purchase else None,
        subject=subject,
        summary=summary,
        evidence=evidence,
        allowed_actions=ACTIONS[kind],
    )
    if opened:
        news.incident_opened(conn, opened)
