"""Purchases that somebody has to look at, each given to one process at a time."""

from shared.platform import db
from shared.purchases import queries
from shared.purchases.model import Purchase

AT_ONCE = 200


def due() -> list[Purchase]:
    """Each with a turn of its own; of two watchers one gets it."""
    with db.transaction() as conn:
        waiting = queries.list_due_purchases(conn, limit=AT_ONCE)
        taken = [queries.take_turn(conn, due) for due in waiting]
    return [purchase for purchase in taken if purchase]
