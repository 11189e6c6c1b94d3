"""Buying: by trusted partners who are invoiced, and what a client may see and stop."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from psycopg import Connection

from shared.holds import service as holding
from shared.holds.model import Hold
from shared.holds.refusals import StoneAlreadyHeld
from shared.platform import db
from shared.platform.errors import Conflict, NotFound
from shared.purchases import driving, queries
from shared.purchases.model import Purchase
from shared.purchases.queries import Opening


class PurchaseNotFound(NotFound):
    code = "PURCHASE_NOT_FOUND"


class TooLateToCancel(Conflict):
    code = "TOO_LATE_TO_CANCEL"
    hint = "The supplier has been told; ask for a refund instead."


@dataclass(frozen=True)
class Wanted:
    """What a client says of a purchase; `promised` is a quoted price in US dollars."""

    client_name: str
    client_key: str
    diamond_id: UUID
    reference: str | None = None
    comments: str | None = None
    destination_id: str | None = None
    promised: Decimal | None = None


def buy(wanted: Wanted) -> Purchase:
    """Order a stone for a partner; what could not be ended now goes on by itself."""
    return driving.drive(begun(wanted).id)


def begun(wanted: Wanted) -> Purchase:
    return begun_with(wanted, lambda conn: _opened(conn, wanted))


def begun_with(wanted: Wanted, opened: Callable[[Connection], Purchase]) -> Purchase:
    """The purchase of this key: an earlier request's, or a new one."""
    try:
        with db.transaction() as conn:
            return _known(conn, wanted) or opened(conn)
    except Conflict:
        with db.transaction() as conn:
            known = _known(conn, wanted)
        if known is None:
            raise
        return known


def get(conn: Connection, client_name: str, purchase_id: UUID) -> Purchase:
    purchase = queries.find_purchase(conn, purchase_id=purchase_id)
    if purchase is None or purchase.client_name != client_name:
        raise PurchaseNotFound(f"You have no purchase {purchase_id}.")
    return purchase


def cancel(client_name: str, purchase_id: UUID, reason: str) -> Purchase:
    """Stop a purchase of which the supplier knows nothing yet."""
    with db.transaction() as conn:
        get(conn, client_name, purchase_id)
        purchase = queries.lock_purchase(conn, purchase_id=purchase_id)
        if purchase.order_status == "cancelled":
            return purchase
        if purchase.order_status != "pending" or purchase.supplier_order != "not_asked":
            raise TooLateToCancel(f"The order is {purchase.order_status}.")
        queries.advance(conn, purchase_id, "cancel_asked", cancel_reason=reason, next_look_at="now")
    return driving.drive(purchase_id)


def _known(conn: Connection, wanted: Wanted) -> Purchase | None:
    return queries.find_purchase_by_key(
        conn, client_name=wanted.client_name, client_key=wanted.client_key
    )


def _opened(conn: Connection, wanted: Wanted) -> Purchase:
    purchase_id = uuid4()
    hold = hold_for(conn, wanted, purchase_id)
    opening = Opening(
        id=purchase_id,
        kind="partner",
        client_name=wanted.client_name,
        client_key=wanted.client_key,
        diamond_id=wanted.diamond_id,
        hold_id=hold.id,
        price=hold.price,
        reference=wanted.reference,
        comments=wanted.comments,
        destination_id=wanted.destination_id,
    )
    return opened(conn, opening)


def opened(conn: Connection, opening: Opening) -> Purchase:
    purchase = queries.insert_purchase(conn, opening)
    if purchase is None:
        raise StoneAlreadyHeld("Somebody is buying this stone.")
    return queries.advance(conn, purchase.id, "opened", detail={"price": str(purchase.price)})


def hold_for(
    conn: Connection, wanted: Wanted, purchase_id: UUID, *, minutes: int | None = None
) -> Hold:
    """The client's own hold of the stone, or a new one; the purchase decides when it ends."""
    own = holding.rest_on(conn, wanted.client_name, wanted.diamond_id, purchase_id)
    return own or holding.open_hold(
        conn,
        wanted.client_name,
        wanted.diamond_id,
        minutes=minutes,
        promised=wanted.promised,
        purchase_id=purchase_id,
    )
