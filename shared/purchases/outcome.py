"""What became of an order at the supplier, written down once."""

from uuid import UUID

from psycopg import Connection

from shared.feeds.model import Declined, Ordered
from shared.holds import service as holding
from shared.holds.refusals import SupplierDeclined, written
from shared.platform import db
from shared.platform.log import Log
from shared.purchases import incidents, news, queries
from shared.purchases.model import Purchase

log = Log("purchases.outcome")

UNCERTAIN = ("asked", "unknown")


def answered(purchase_id: UUID, answer: Ordered | Declined) -> None:
    """Write down what the supplier said; it may come late, when its silence was doubted already."""
    if isinstance(answer, Declined):
        declined(purchase_id, answer.reason)
        return
    with db.transaction() as conn:
        purchase = queries.lock_purchase(conn, purchase_id=purchase_id)
        if purchase.supplier_order not in UNCERTAIN:
            log.error("an order's answer came too late", purchase_id=purchase_id, answer=answer)
            return
        sell(conn, purchase, answer.order_id)
        note = f"The supplier's answer came late: {answer.order_id}"
        incidents.close(conn, purchase, "order_outcome_unknown", note)


def sell(conn: Connection, purchase: Purchase, supplier_order_id: str) -> None:
    """The supplier has the order: the stone is sold."""
    queries.advance(
        conn,
        purchase.id,
        "order_placed",
        detail={"supplierOrderId": supplier_order_id},
        supplier_order="placed",
        supplier_order_id=supplier_order_id,
        order_status="confirmed",
        next_look_at="now",
    )
    holding.mark_bought(conn, purchase.hold_id)


def declined(purchase_id: UUID, reason: str) -> None:
    with db.transaction() as conn:
        purchase = queries.lock_purchase(conn, purchase_id=purchase_id)
        if purchase.supplier_order in UNCERTAIN:
            decline(conn, purchase, reason)
        else:
            log.error("a refusal came too late", purchase_id=purchase_id, reason=reason)


def decline(conn: Connection, purchase: Purchase, reason: str) -> None:
    """The supplier has no order: whoever paid is given the money back."""
    advanced = queries.advance(
        conn,
        purchase.id,
        "order_declined",
        detail={"reason": reason},
        supplier_order="declined",
        failure=written(SupplierDeclined("The supplier did not take the order.")),
        next_look_at="now",
    )
    if advanced.payment_status == "authorised":
        news.supplier_failed(conn, advanced, reason)
