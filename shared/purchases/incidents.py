"""What only a person can decide: opened with the evidence, ended with an allowed action."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from shared.platform import db
from shared.platform.errors import Conflict, Invalid, NotFound
from shared.purchases import news, outcome, queries
from shared.purchases.model import Incident, Purchase

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


class IncidentNotFound(NotFound):
    code = "INCIDENT_NOT_FOUND"


class IncidentDecided(Conflict):
    """Somebody else was faster."""

    code = "INCIDENT_DECIDED"


class ActionNotAllowed(Invalid):
    code = "ACTION_NOT_ALLOWED"


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


def decide(
    incident_id: int,
    action: str,
    *,
    decided_by: str,
    note: str | None = None,
    supplier_order_id: str | None = None,
) -> Incident:
    """End an incident; the purchase goes on from what was decided."""
    with db.transaction() as conn:
        incident = _waiting(conn, incident_id)
        if action not in incident.allowed_actions:
            allowed = ", ".join(incident.allowed_actions)
            raise ActionNotAllowed("This cannot be done.", fields={"action": f"one of {allowed}"})
        if incident.purchase_id:
            _carry_out(conn, incident.purchase_id, action, supplier_order_id)
        decided = queries.decide_incident(
            conn, incident_id=incident_id, action=action, note=note, decided_by=decided_by
        )
    if decided is None:
        raise IncidentDecided("This incident was decided meanwhile.")
    return decided


def _waiting(conn: Connection, incident_id: int) -> Incident:
    incident = queries.find_incident(conn, incident_id=incident_id)
    if incident is None:
        raise IncidentNotFound(f"There is no incident {incident_id}.")
    if incident.decided_at:
        raise IncidentDecided(f"{incident.decided_by} decided: {incident.action}.")
    return incident


def _carry_out(
    conn: Connection, purchase_id: UUID, action: str, supplier_order_id: str | None
) -> None:
    purchase = queries.lock_purchase(conn, purchase_id=purchase_id)
    match action:
        case "ordered":
            if not supplier_order_id:
                fault = {"supplierOrderId": "say under which number the supplier has it"}
                raise Invalid("The supplier's order number is missing.", fields=fault)
            outcome.sell(conn, purchase, supplier_order_id)
        case "not_ordered":
            outcome.decline(conn, purchase, "A person found that the supplier has no order.")
    queries.advance(
        conn, purchase_id, f"decided_{action}", next_look_at="now", **_changes(purchase, action)
    )


def _changes(purchase: Purchase, action: str) -> dict[str, Any]:
    match action:
        case "order_again":
            return {"supplier_order": "not_asked"}
        case "cancelled_at_supplier" | "void":
            return {"cancel_reason": purchase.cancel_reason or action}
        case _:
            return {}
