"""What suppliers tell us by themselves: hints, kept once, which hide a stone or make us ask.

Nothing is believed beyond that: a sold stone comes back when a run that began later finds it
listed, and an order is what the supplier says when it is asked.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.diamonds.model import diamond_id
from shared.feeds import registry
from shared.holds import queries as holds
from shared.holds.model import Hold
from shared.platform import db, exact_json
from shared.platform.log import Log
from shared.platform.sql import queries as load
from shared.purchases import incidents, queries
from shared.purchases.model import Purchase

log = Log("purchases.supplier_events")

SQL = load("supplier_events")

SOLD, ORDER_UPDATED = "stone.sold", "order.updated"
OURS_PERHAPS = ("asked", "placed", "unknown")
"""How an order stands when it may be ours that the supplier tells of."""


class About(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=to_camel)

    stone_id: str | None = Field(default=None, max_length=200)
    order_id: str | None = Field(default=None, max_length=200)


class SupplierEvent(BaseModel):
    """Of other types than we know nothing is made; they are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=to_camel)

    type: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    data: About = About()


class Made(NamedTuple):
    """What was made of an event."""

    outcome: str
    stone: UUID | None = None
    purchase: Purchase | None = None


def heard(feed: str, message_id: str, event: SupplierEvent) -> Purchase | None:
    """Keep an event once, and do what it asks for; the purchase that is to ask the supplier."""
    with db.transaction() as conn:
        if not _first(conn, feed, message_id, event):
            return None
        made = _made(conn, feed, event)
        db.execute(
            conn,
            SQL["settle_supplier_event"],
            feed=feed,
            id=message_id,
            outcome=made.outcome,
            diamond_id=made.stone,
            purchase_id=made.purchase.id if made.purchase else None,
        )
    log.info("supplier heard", feed=feed, id=message_id, type=event.type, outcome=made.outcome)
    return made.purchase


def look_at_supplier(purchase: Purchase) -> None:
    """Ask what the supplier says of the stone now, and write it down; raises UpstreamError."""
    with db.transaction() as conn:
        hold = holds.find_hold(conn, hold_id=purchase.hold_id)
    offer = hold and registry.trading(hold.feed).check(hold.supplier_stone_id)
    said = offer.availability if offer else "not listed any more"
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase.id)
        see = SQL["see_supplier_news"]
        db.execute(conn, see, purchase_id=purchase.id, seen=purchase.supplier_news_at)
        queries.advance(conn, purchase.id, "supplier_looked_at", detail={"stone": said})
        if locked.supplier_order == "placed" and said == "available":
            fault = "ordered here, and still for sale at the supplier"
            evidence = {"faults": [fault], "supplierOrderId": locked.supplier_order_id}
            summary = f"{locked.order_number}: {fault}"
            incidents.report(conn, "books_differ", locked.order_number, summary, evidence)


def prune(conn: Connection, *, days: int) -> int:
    return db.execute(conn, SQL["prune_supplier_events"], days=days)


def _first(conn: Connection, feed: str, message_id: str, event: SupplierEvent) -> bool:
    payload = event.model_dump(mode="json", by_alias=True)
    return bool(
        db.value(
            conn,
            SQL["keep_supplier_event"],
            feed=feed,
            id=message_id,
            type=event.type,
            occurred_at=event.occurred_at,
            payload=Jsonb(payload, dumps=exact_json.dumps),
        )
    )


def _made(conn: Connection, feed: str, event: SupplierEvent) -> Made:
    about = event.data
    if event.type == SOLD and about.stone_id:
        return _sold(conn, feed, about.stone_id, event.occurred_at)
    if event.type == ORDER_UPDATED and about.order_id:
        return _order_updated(conn, feed, about.order_id)
    return Made("not understood")


def _order_updated(conn: Connection, feed: str, order_id: str) -> Made:
    find = SQL["find_purchase_of_order"]
    purchase_id = db.value(conn, find, feed=feed, order_id=order_id)
    if purchase_id is None:
        return Made("unknown order")
    return Made("to be asked", purchase=_nudged(conn, purchase_id))


def _sold(conn: Connection, feed: str, stone_id: str, occurred_at: datetime) -> Made:
    stone = diamond_id(feed, stone_id)
    listed = db.value(conn, SQL["lock_listing"], feed=feed, stone_id=stone_id)
    on_sale = db.values(conn, SQL["find_stone_on_sale"], diamond_id=stone)
    if not on_sale:
        return Made("unknown stone")
    if any(at is not None and at > occurred_at for at in (listed, *on_sale)):
        return Made("outdated", stone)
    hold = holds.find_open_hold(conn, diamond_id=stone)
    if hold is None or hold.diamond_id != stone:
        _hide(conn, feed, stone)
        return Made("hidden", stone)
    return _sold_while_ours(conn, feed, hold)


def _sold_while_ours(conn: Connection, feed: str, hold: Hold) -> Made:
    """What we hold stays held, what we sold stays sold; a person hears what is said.

    The purchase is locked before the stone, as who orders it does, and read as it is then.
    """
    purchase = _nudged(conn, hold.purchase_id) if hold.purchase_id else None
    if purchase and purchase.supplier_order in OURS_PERHAPS:
        return Made("ours", hold.diamond_id, purchase)
    _hide(conn, feed, hold.diamond_id)
    holds.record(conn, hold.id, "supplier_says_sold")
    incidents.report(
        conn,
        "sold_elsewhere",
        str(hold.id),
        f"{feed} says that it has sold a stone that {hold.client_name} holds.",
        {"diamondId": hold.diamond_id, "holdId": hold.id, "heldUntil": hold.expires_at},
    )
    return Made("contested", hold.diamond_id, purchase)


def _hide(conn: Connection, feed: str, stone: UUID) -> None:
    db.execute(conn, SQL["unqueue_stone"], feed=feed, diamond_id=stone)
    db.execute(conn, SQL["hide_sold_stone"], diamond_id=stone)


def _nudged(conn: Connection, purchase_id: UUID) -> Purchase:
    return db.get(conn, SQL["nudge_for_supplier"], Purchase, purchase_id=purchase_id)
