from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from shared.payments.model import VerifiedEvent
from shared.platform import db, exact_json
from shared.platform.sql import queries
from shared.purchases.model import (
    BoughtStone,
    Due,
    Incident,
    Kind,
    OrderStatus,
    Purchase,
    PurchaseEvent,
)

SQL = queries("purchases")


class Opening(BaseModel):
    """What a purchase begins with; `customer` and the amount belong to a checkout."""

    id: UUID
    kind: Kind
    client_name: str
    client_key: str
    diamond_id: UUID
    hold_id: UUID
    price: Decimal
    reference: str | None = None
    comments: str | None = None
    destination_id: str | None = None
    currency: str = "usd"
    amount_cents: int | None = None
    rate: Decimal | None = None
    rated_on: date | None = None
    customer: dict[str, Any] = {}


def insert_purchase(conn: Connection, opening: Opening) -> Purchase | None:
    given = opening.model_dump() | {"customer": Jsonb(opening.customer)}
    return db.find(conn, SQL["insert_purchase"], Purchase, **given)


def find_purchase(conn: Connection, *, purchase_id: UUID) -> Purchase | None:
    return db.find(conn, SQL["find_purchase"], Purchase, purchase_id=purchase_id)


def find_purchase_by_key(conn: Connection, *, client_name: str, client_key: str) -> Purchase | None:
    named = {"client_name": client_name, "client_key": client_key}
    return db.find(conn, SQL["find_purchase_by_key"], Purchase, **named)


def list_purchases(
    conn: Connection,
    *,
    client_name: str,
    order_status: OrderStatus | None,
    before: int | None,
    limit: int,
) -> list[Purchase]:
    return db.many(
        conn,
        SQL["list_purchases"],
        Purchase,
        client_name=client_name,
        order_status=order_status,
        before=before,
        limit=limit,
    )


def list_events(conn: Connection, *, purchase_id: UUID) -> list[PurchaseEvent]:
    return db.many(conn, SQL["list_events"], PurchaseEvent, purchase_id=purchase_id)


def find_bought_stone(conn: Connection, *, diamond_id: UUID) -> BoughtStone:
    return db.get(conn, SQL["find_bought_stone"], BoughtStone, diamond_id=diamond_id)


def list_due_purchases(conn: Connection, *, limit: int) -> list[Due]:
    return db.many(conn, SQL["list_due_purchases"], Due, limit=limit)


def list_lapsing(conn: Connection, *, hours: int) -> list[Purchase]:
    return db.many(conn, SQL["list_lapsing"], Purchase, hours=hours)


def take_turn(conn: Connection, due: Due) -> Purchase | None:
    return db.find(conn, SQL["take_turn"], Purchase, purchase_id=due.id, turns=due.turns)


def claim_purchase(
    conn: Connection, *, purchase_id: UUID, claim: UUID, lease_seconds: int
) -> Purchase | None:
    given = {"purchase_id": purchase_id, "claim": claim, "lease_seconds": lease_seconds}
    return db.find(conn, SQL["claim_purchase"], Purchase, **given)


def renew_claim(
    conn: Connection, *, purchase_id: UUID, claim: UUID, lease_seconds: int
) -> Purchase | None:
    given = {"purchase_id": purchase_id, "claim": claim, "lease_seconds": lease_seconds}
    return db.find(conn, SQL["renew_claim"], Purchase, **given)


def leave_purchase(
    conn: Connection,
    purchase: Purchase,
    *,
    claim: UUID,
    decided_on: datetime | None,
    next_look_at: datetime | None,
    failures: int,
    last_error: str | None,
) -> None:
    """`decided_on` is the state that the decision to wait was made on; None is any."""
    db.execute(
        conn,
        SQL["leave_purchase"],
        purchase_id=purchase.id,
        claim=claim,
        news_at=purchase.news_at,
        supplier_news_at=purchase.supplier_news_at,
        decided_on=decided_on,
        next_look_at=next_look_at,
        failures=failures,
        last_error=last_error,
    )


def lock_purchase(conn: Connection, *, purchase_id: UUID) -> Purchase:
    return db.get(conn, SQL["lock_purchase"], Purchase, purchase_id=purchase_id)


def advance(
    conn: Connection,
    purchase_id: UUID,
    event: str,
    *,
    detail: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Purchase:
    """Write what became known, and that it did; `changes` are columns."""
    advanced = db.get(
        conn,
        SQL["advance_purchase"],
        Purchase,
        purchase_id=purchase_id,
        changes=Jsonb(changes, dumps=exact_json.dumps),
    )
    db.execute(
        conn,
        SQL["record_event"],
        purchase_id=purchase_id,
        event=event,
        detail=Jsonb(detail or {}, dumps=exact_json.dumps),
    )
    return advanced


def open_incident(
    conn: Connection,
    *,
    kind: str,
    purchase_id: UUID | None,
    subject: str,
    summary: str,
    evidence: Mapping[str, Any],
    allowed_actions: Sequence[str],
) -> Incident | None:
    return db.find(
        conn,
        SQL["open_incident"],
        Incident,
        kind=kind,
        purchase_id=purchase_id,
        subject=subject,
        summary=summary,
        evidence=Jsonb(evidence, dumps=exact_json.dumps),
        allowed_actions=list(allowed_actions),
    )


def find_incident(conn: Connection, *, incident_id: int) -> Incident | None:
    return db.find(conn, SQL["find_incident"], Incident, incident_id=incident_id)


def has_open_incident(conn: Connection, *, purchase_id: UUID) -> bool:
    return bool(db.value(conn, SQL["has_open_incident"], purchase_id=purchase_id))


def list_incidents(
    conn: Connection, *, open_only: bool | None, before: int | None, limit: int
) -> list[Incident]:
    return db.many(
        conn, SQL["list_incidents"], Incident, open=open_only, before=before, limit=limit
    )


def decide_incident(
    conn: Connection, *, incident_id: int, action: str, note: str | None, decided_by: str
) -> Incident | None:
    return db.find(
        conn,
        SQL["decide_incident"],
        Incident,
        incident_id=incident_id,
        action=action,
        note=note,
        decided_by=decided_by,
    )


def close_incidents(conn: Connection, *, purchase_id: UUID, kind: str, note: str) -> list[int]:
    """The numbers of those that were open."""
    named = {"purchase_id": purchase_id, "kind": kind, "note": note}
    return db.values(conn, SQL["close_incidents"], **named)


def find_purchase_of_payment(conn: Connection, *, payment_intent_id: str) -> UUID | None:
    found: UUID | None = db.value(
        conn, SQL["find_purchase_of_payment"], payment_intent_id=payment_intent_id
    )
    return found


def keep_event(conn: Connection, event: VerifiedEvent, purchase_id: UUID | None) -> bool:
    """Whether it came for the first time."""
    return bool(
        db.value(
            conn,
            SQL["insert_payment_event"],
            id=event.id,
            type=event.type,
            purchase_id=purchase_id,
            payload=Jsonb(event.payload, dumps=exact_json.dumps),
        )
    )


def nudge_purchase(conn: Connection, *, purchase_id: UUID) -> Purchase:
    return db.get(conn, SQL["nudge_purchase"], Purchase, purchase_id=purchase_id)


def prune_payment_events(conn: Connection, *, days: int) -> int:
    return db.execute(conn, SQL["prune_payment_events"], days=days)
