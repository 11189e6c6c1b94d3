"""Purchases that somebody has to look at, each given to one process at a time."""

from shared.platform import db
from shared.platform.log import Log
from shared.purchases import queries
from shared.purchases.model import Purchase

log = Log("purchases")

AT_ONCE = 200
WARN_HOURS = 24


def due() -> list[Purchase]:
    """Each with a turn of its own; of two watchers one gets it."""
    with db.transaction() as conn:
        waiting = queries.list_due_purchases(conn, limit=AT_ONCE)
        taken = [queries.take_turn(conn, due) for due in waiting]
    return [purchase for purchase in taken if purchase]


def warn_of_lapses() -> None:
    """Say which customers' money will be lost if nobody captures it; an alert looks for this."""
    with db.transaction() as conn:
        lapsing = queries.list_lapsing(conn, hours=WARN_HOURS)
    for purchase in lapsing:
        log.warning(
            "authorisation about to lapse",
            purchase_id=purchase.id,
            capture_before=purchase.capture_before,
            order=purchase.order_status,
        )
