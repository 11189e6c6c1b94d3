"""What only a person can decide: opened with the evidence, ended with an allowed action."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from psycopg import Connection

from shared.deadlines import service as deadlines
from shared.purchases import news, queries
from shared.purchases.model import Purchase

Kind = Literal[
    "order_outcome_unknown",
    "unpaid_order",
    "amount_mismatch",
    "refund_failed",
    "books_differ",
    "disputed",
    "sold_elsewhere",
]

DEADLINE = "incident"
REMINDED_AFTER = timedelta(hours=4)
DECIDED_WITHIN = timedelta(hours=24)

ACTIONS: Mapping[Kind, tuple[str, ...]] = {
    "order_outcome_unknown": ("ordered", "not_ordered", "order_again"),
    "unpaid_order": ("cancelled_at_supplier", "invoice"),
    "amount_mismatch": ("void",),
    "refund_failed": ("try_again", "acknowledge"),
    "books_differ": ("acknowledge",),
    # The first is what is written when it ends by itself.
    "disputed": ("settled", "answered", "conceded"),
    "sold_elsewhere": ("acknowledge",),
}
STAYS = "it stays as it is; an authorisation is voided before it lapses"
OTHERWISE: Mapping[Kind, str] = {"disputed": "the dispute is lost"}
"""What happens if nobody decides, where it is not STAYS."""


def report(
    conn: Connection,
    kind: Kind,
    subject: str,
    summary: str,
    evidence: Mapping[str, Any],
    *,
    purchase: Purchase | None = None,
    due_at: datetime | None = None,
) -> None:
    """Open an incident and tell people; one that is open already stays as it is.

    It is due in a day, unless others say when.
    """
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
        deadlines.promise(
            conn,
            DEADLINE,
            str(opened.id),
            due_at=due_at or opened.opened_at + DECIDED_WITHIN,
            escalate_at=opened.opened_at + REMINDED_AFTER,
            default_action=OTHERWISE.get(kind, STAYS),
        )


def close(conn: Connection, purchase: Purchase, kind: Kind, note: str) -> None:
    """An incident has decided itself."""
    for incident in queries.close_incidents(conn, purchase_id=purchase.id, kind=kind, note=note):
        deadlines.met(conn, DEADLINE, str(incident))
