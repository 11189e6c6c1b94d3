"""A person's decision about an incident, and what it sets going."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.deadlines import service as deadlines
from shared.platform import db
from shared.platform.errors import Conflict, Invalid, NotFound
from shared.purchases import incidents, outcome, queries, refunding
from shared.purchases.model import Incident, Purchase


class IncidentNotFound(NotFound):
    code = "INCIDENT_NOT_FOUND"


class IncidentDecided(Conflict):
    """Somebody else was faster."""

    code = "INCIDENT_DECIDED"


class ActionNotAllowed(Invalid):
    code = "ACTION_NOT_ALLOWED"


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
        deadlines.met(conn, incidents.DEADLINE, str(incident_id))
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
        case "try_again":
            refunding.again(conn, purchase_id)
        case "not_ordered":
            outcome.decline(conn, purchase, "A person found that the supplier has no order.")
    queries.advance(
        conn, purchase_id, f"decided_{action}", next_look_at="now", **_changes(purchase, action)
    )


def _changes(purchase: Purchase, action: str) -> dict[str, Any]:
    match action:
        case "order_again":
            return {"supplier_order": "not_asked"}
        case "invoice":
            return {"kind": "partner"}
        case "cancelled_at_supplier" | "void":
            return {"cancel_reason": purchase.cancel_reason or action}
        case _:
            return {}
