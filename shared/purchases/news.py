"""What people are told of purchases, in the transaction in which it happens."""

from uuid import UUID

from psycopg import Connection

from shared.notifications import outbox
from shared.notifications.model import Category, Notice
from shared.purchases.model import Incident, Purchase

SELLING = "selling"
"""What stands where other news name a feed."""


def completed(conn: Connection, purchase: Purchase) -> None:
    title = f"Order completed: {purchase.order_number}"
    _tell(conn, "purchase_completed", purchase, title, "The stone is ordered and paid for.")


def supplier_failed(conn: Connection, purchase: Purchase, reason: str) -> None:
    title = f"Supplier did not take a paid order: {purchase.order_number}"
    _tell(conn, "purchase_failed", purchase, title, f"{reason} The payment is being voided.")


def dispute_ended(conn: Connection, purchase: Purchase, outcome: str) -> None:
    title = f"Dispute {outcome}: {purchase.order_number}"
    _tell(conn, "dispute_ended", purchase, title, "The payment partner closed the dispute.")


def asked(conn: Connection, request_id: UUID, kind: str, order: str, message: str) -> None:
    notice = Notice(
        category="customer_asks",
        incident_key=f"request:{request_id}",
        feed=SELLING,
        title=f"A customer wants to send {order} back" if kind == "return" else "A customer asks",
        text=message,
        facts={"request": str(request_id), "order": order},
    )
    outbox.tell(conn, notice)


def incident_opened(conn: Connection, incident: Incident) -> None:
    notice = Notice(
        category="incident_opened",
        incident_key=f"incident:{incident.id}",
        feed=SELLING,
        title=f"Somebody has to decide: {incident.kind.replace('_', ' ')}",
        text=incident.summary,
        facts={"incident": str(incident.id), "subject": incident.subject},
    )
    outbox.tell(conn, notice)


def _tell(conn: Connection, category: Category, purchase: Purchase, title: str, text: str) -> None:
    facts = {
        "order": purchase.order_number,
        "stone": str(purchase.diamond_id),
        "price": f"{purchase.price} USD",
        "supplier order": purchase.supplier_order_id or "-",
    }
    notice = Notice(
        category=category,
        incident_key=f"{category}:{purchase.id}",
        feed=SELLING,
        title=title,
        text=text,
        facts=facts,
    )
    outbox.tell(conn, notice)
