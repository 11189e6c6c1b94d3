"""Holding stones: who comes first has it, at the price of that moment, for a limited time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid4

from psycopg import Connection

from shared.diamonds.stones import DiamondNotFound
from shared.feeds import registry
from shared.holds import margins, queries, returning, settling
from shared.holds.model import Hold, HoldStatus, Pause, StoneForSale
from shared.holds.refusals import (
    BelowLowestMargin,
    CannotExtend,
    HoldEnded,
    HoldNotFound,
    SellingPaused,
    StoneAlreadyHeld,
    StoneSold,
    said_again,
)
from shared.platform import db
from shared.platform.errors import NotFound
from shared.platform.settings import settings
from shared.price_lists import asking

AT_ONCE = 500

Ending = Literal["released", "expired"]


def place(
    client_name: str,
    diamond_id: UUID,
    *,
    minutes: int | None = None,
    promised: Decimal | None = None,
    client_key: str | None = None,
) -> Hold:
    """Hold a stone for a client; raises a refusal when nothing is held.

    `promised` is the price of a quote, in US dollars, that is to be honoured. The same request
    under the same `client_key` goes on with the hold that it began before.
    """
    with db.transaction() as conn:
        begun = client_key and queries.find_hold_by_key(
            conn, client_name=client_name, client_key=client_key
        )
        hold = begun or open_hold(
            conn,
            client_name,
            diamond_id,
            minutes=minutes,
            promised=promised,
            client_key=client_key,
        )
    settled = settling.settle(hold.id)
    if settled.refusal is not None:
        raise said_again(settled.refusal)
    return settled


def open_hold(
    conn: Connection,
    client_name: str,
    diamond_id: UUID,
    *,
    minutes: int | None = None,
    promised: Decimal | None = None,
    client_key: str | None = None,
    purchase_id: UUID | None = None,
) -> Hold:
    """Claim the stone in our own books; the supplier is asked after the commit."""
    expire(conn, diamond_id)
    stone = for_sale(conn, diamond_id)
    terms = asking.terms()
    if terms and not promised and not margins.leaves_enough(conn, stone):
        raise BelowLowestMargin("This stone is not sold at this price.")
    hold = queries.insert_hold(
        conn,
        stone,
        id=uuid4(),
        client_name=client_name,
        client_key=client_key,
        price=promised or stone.price,
        quoted=promised is not None,
        terms=terms,
        purchase_id=purchase_id,
        minutes=minutes or settings().selling.hold_minutes,
    )
    if hold is None:
        raise _taken(conn, diamond_id)
    queries.record(conn, hold.id, "requested", price=str(hold.price))
    queries.settle_availability(conn, diamond_id=hold.diamond_id)
    return hold


def for_sale(conn: Connection, diamond_id: UUID) -> StoneForSale:
    """The stone as our catalogue has it, if selling it is not paused and its supplier trades."""
    stone = queries.find_stone_for_sale(conn, diamond_id=diamond_id)
    if stone is None:
        raise DiamondNotFound(diamond_id)
    registry.trading(stone.feed)
    paused = queries.find_pause(conn, feed=stone.feed)
    if paused:
        raise SellingPaused(f"Selling is paused: {paused.reason}")
    return stone


def get(conn: Connection, client_name: str, hold_id: UUID) -> Hold:
    """A client's own hold, as it is now."""
    hold = queries.find_hold(conn, hold_id=hold_id)
    if hold is None or hold.client_name != client_name:
        raise HoldNotFound(f"You have no hold {hold_id}.")
    if expire(conn, hold.diamond_id):
        return queries.find_hold(conn, hold_id=hold_id) or hold
    return hold


def extend(conn: Connection, client_name: str, hold_id: UUID, minutes: int) -> Hold:
    """Hold longer, counted from now, within our limit and the supplier's."""
    hold = get(conn, client_name, hold_id)
    if hold.status != "active":
        raise HoldEnded(f"The hold is {hold.status}.")
    longest = settings().selling.longest_hold_minutes
    extended = queries.extend_hold(conn, hold_id=hold_id, minutes=minutes, longest_minutes=longest)
    if extended is None:
        raise CannotExtend(f"The hold ends at {hold.expires_at.isoformat()}.")
    queries.record(conn, hold_id, "extended")
    return extended


def release(client_name: str, hold_id: UUID) -> Hold:
    """Give a stone back; one that is given back already stays so."""
    with db.transaction() as conn:
        hold = get(conn, client_name, hold_id)
        if hold.purchase_id and hold.status in ("requesting", "active"):
            raise HoldEnded("A purchase rests on this hold; cancel that.")
        released = end(conn, hold, "released")
    returning.give_back(hold.diamond_id)
    return released or hold


def end(conn: Connection, hold: Hold, status: Ending) -> Hold | None:
    """Let a stone go, in our books; `returning` tells the supplier."""
    return _ended(conn, hold.id, status, ("requesting", "active"))


def undo_sale(conn: Connection, hold_id: UUID) -> Hold | None:
    """Let a stone go that a purchase had, sold or not."""
    return _ended(conn, hold_id, "released", ("requesting", "active", "bought"))


def mark_bought(conn: Connection, hold_id: UUID) -> Hold | None:
    """The held stone is sold, for good."""
    return _ended(conn, hold_id, "bought", ("active",))


def rest_on(conn: Connection, client_name: str, diamond_id: UUID, purchase_id: UUID) -> Hold | None:
    """The client's own hold of this stone, which a purchase takes over."""
    for_sale(conn, diamond_id)
    expire(conn, diamond_id)
    hold = queries.find_open_hold(conn, diamond_id=diamond_id)
    if hold is None or hold.client_name != client_name:
        return None
    return queries.rest_on_hold(conn, hold_id=hold.id, purchase_id=purchase_id)


def expire(conn: Connection, diamond_id: UUID | None = None) -> list[Hold]:
    """End what is over: one stone's holds when it is looked at, all of them by the clock."""
    ended = queries.expire_holds(conn, diamond_id=diamond_id, limit=AT_ONCE)
    for hold in ended:
        queries.record(conn, hold.id, "expired")
        queries.settle_availability(conn, diamond_id=hold.diamond_id)
    return ended


def watch() -> None:
    """What the clock does: end holds, settle what was interrupted, give back what is over."""
    with db.transaction() as conn:
        expire(conn)
    with db.transaction() as conn:
        lease = settings().selling.lease_seconds
        unsettled = queries.list_unsettled_holds(conn, quiet_seconds=lease, limit=AT_ONCE)
    for hold_id in unsettled:
        settling.settle_quietly(hold_id)
    while returning.give_back():
        pass


def pause(conn: Connection, scope: str, reason: str, paused_by: str) -> Pause:
    """Hold and sell nothing new of a feed, or of any ('*'); what is under way goes on."""
    return queries.pause(conn, scope=scope, reason=reason, paused_by=paused_by)


def resume(conn: Connection, scope: str) -> Pause:
    resumed = queries.resume(conn, scope=scope)
    if resumed is None:
        raise NotFound(f"{scope} is not paused.")
    return resumed


def _ended(
    conn: Connection, hold_id: UUID, status: HoldStatus, from_statuses: Sequence[HoldStatus]
) -> Hold | None:
    ended = queries.end_hold(conn, hold_id=hold_id, status=status, from_statuses=from_statuses)
    if ended:
        queries.record(conn, hold_id, status)
        queries.settle_availability(conn, diamond_id=ended.diamond_id)
    return ended


def _taken(conn: Connection, diamond_id: UUID) -> StoneAlreadyHeld | StoneSold:
    other = queries.find_open_hold(conn, diamond_id=diamond_id)
    if other and other.status == "bought":
        return StoneSold("This stone is sold.")
    return StoneAlreadyHeld("This stone is on hold.")
