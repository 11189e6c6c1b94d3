"""From a hold that is asked for to one that lies at the supplier, or to a refusal.

Before the supplier is told anything it is written down that it will be; a lost reply, or a lost
process, is cleared up by looking at the stone. No transaction is open while the supplier works.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import psycopg
from psycopg import Connection

from shared.diamonds.model import Availability
from shared.feeds import registry
from shared.feeds.model import Declined, Held, OutcomeUnknown, Trading
from shared.holds import queries, returning
from shared.holds.judging import Adopt, Ask, Bounds, PriceHasMoved, Taken, judge
from shared.holds.margins import lowest_margin
from shared.holds.model import Hold, StoneForSale
from shared.holds.refusals import (
    HoldDenied,
    PriceMoved,
    StoneNotAvailable,
    SupplierSilent,
    SupplierUnavailable,
    written,
)
from shared.platform import db
from shared.platform.errors import Refusal, UpstreamError
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.reapply import explain

log = Log("holds")

ATTEMPTS = 3


def settle(hold_id: UUID) -> Hold:
    """Bring a requested hold to its end; raises SupplierSilent while that cannot be done."""
    with db.transaction() as conn:
        lease = settings().selling.lease_seconds
        claimed = queries.claim_hold(conn, hold_id=hold_id, lease_seconds=lease)
        hold = claimed or _existing(conn, hold_id)
    if claimed is None and hold.status == "requesting":
        raise SupplierSilent("Somebody else settles this hold.")
    while hold.status == "requesting":
        hold = _step(hold)
    return hold


def settle_quietly(hold_id: UUID) -> None:
    """As the clock does it: one supplier's silence is no reason to stop."""
    try:
        settle(hold_id)
    except Refusal as refused:
        log.warning("hold not settled", hold_id=hold_id, reason=refused.message)


def _step(hold: Hold) -> Hold:
    trading = registry.trading(hold.feed)
    returning.give_back(hold.diamond_id)
    try:
        offer = trading.check(hold.supplier_stone_id)
    except UpstreamError as error:
        return _unanswered(hold, error)
    with db.transaction() as conn:
        lies = offer.hold_id if offer else None
        ours = lies is not None and queries.is_our_hold(conn, feed=hold.feed, supplier_hold_id=lies)
        bounds = _bounds(conn, hold)
    asked = hold.asked_at is not None
    match judge(offer, bounds, asked=asked, ours_elsewhere=ours):
        case Adopt(supplier_hold_id):
            return _active(hold, supplier_hold_id, None)
        case Taken(availability):
            return _passed_over(hold, availability, StoneNotAvailable("It cannot be had any more."))
        case PriceHasMoved(cost):
            return _price_moved(hold, cost)
        case Ask(offer_id):
            return _asked(hold, offer_id, trading)


def _asked(hold: Hold, offer_id: str, trading: Trading) -> Hold:
    if hold.attempts >= ATTEMPTS:
        return _refused(hold, SupplierUnavailable("The supplier's answers keep getting lost."))
    with db.transaction() as conn:
        lease = settings().selling.lease_seconds
        told = queries.mark_asked(conn, hold_id=hold.id, offer_id=offer_id, lease_seconds=lease)
        if told is None:
            return _existing(conn, hold.id)
    try:
        answer = trading.hold(hold.supplier_stone_id)
    except OutcomeUnknown as error:
        log.warning("hold's answer lost", hold_id=hold.id, reason=error)
        return told
    except UpstreamError as error:
        return _refused(hold, SupplierUnavailable(f"The supplier cannot hold it now: {error}"))
    match answer:
        case Held(supplier_hold_id, until):
            return _active(hold, supplier_hold_id, until)
        case Declined(reason):
            return _passed_over(hold, "unavailable", HoldDenied(reason))


def _unanswered(hold: Hold, error: UpstreamError) -> Hold:
    """Nobody was told anything yet, or what became of it can be looked up later only."""
    if hold.asked_at is None:
        return _refused(hold, SupplierUnavailable("The supplier does not answer at present."))
    raise SupplierSilent("The supplier does not say whether it holds the stone.") from error


def _active(hold: Hold, supplier_hold_id: str, until: datetime | None) -> Hold:
    with db.transaction() as conn:
        active = queries.activate_hold(
            conn, hold_id=hold.id, supplier_hold_id=supplier_hold_id, supplier_until=until
        )
        queries.record(conn, hold.id, "held" if active.status == "active" else "held_too_late")
    return active


def _passed_over(hold: Hold, availability: Availability, reason: Refusal) -> Hold:
    """This supplier does not let us have it; another one with the same certificate may."""
    with db.transaction() as conn:
        queries.record(conn, hold.id, "denied", denied=True, reason=reason.message)
        queries.doubt_stone(conn, diamond_id=hold.diamond_id, availability=availability)
        offers = queries.list_other_offers(
            conn, hold_id=hold.id, tolerance=settings().selling.price_tolerance
        )
    for stone in offers:
        switched = _switched(hold, stone)
        if switched:
            return switched
    reason.fields |= {"denied": True, "holdId": str(hold.id)}
    return _refused(hold, reason)


def _switched(hold: Hold, stone: StoneForSale) -> Hold | None:
    """Go on with another feed's offer; it may be taken, or its supplier may not trade."""
    try:
        registry.trading(stone.feed)
        with db.transaction() as conn:
            switched = queries.switch_offer(conn, stone, hold_id=hold.id)
            if switched:
                queries.record(conn, hold.id, "next_offer")
                queries.settle_availability(conn, diamond_id=hold.diamond_id)
                queries.settle_availability(conn, diamond_id=stone.diamond_id)
    except (psycopg.errors.UniqueViolation, registry.FeedDoesNotTrade, registry.FeedUnknown):
        return None
    return switched


def _price_moved(hold: Hold, cost: Decimal) -> Hold:
    with db.transaction() as conn:
        new = explain.price_at_cost(conn, hold.diamond_id, cost)
        queries.doubt_stone(conn, diamond_id=hold.diamond_id, availability="available")
    fields = {"oldPrice": hold.price, "newPrice": hold.at_its_terms(new)}
    said = "The supplier's price has moved."
    if hold.quoted:
        said = "The supplier's price has moved too far for the quoted price to be kept."
    return _refused(hold, PriceMoved(said, fields=fields))


def _refused(hold: Hold, reason: Refusal) -> Hold:
    with db.transaction() as conn:
        ended = queries.end_hold(
            conn,
            hold_id=hold.id,
            status="denied" if reason.fields.get("denied") else "refused",
            from_statuses=("requesting",),
            refusal=written(reason),
        )
        if ended is None:
            return _existing(conn, hold.id)
        queries.record(conn, hold.id, ended.status, reason=reason.message)
        queries.settle_availability(conn, diamond_id=ended.diamond_id)
        queries.settle_availability(conn, diamond_id=ended.requested_diamond_id)
    return ended


def _bounds(conn: Connection, hold: Hold) -> Bounds:
    if not hold.quoted:
        return Bounds.around(hold.cost, settings().selling.price_tolerance)
    stone = queries.find_stone_for_sale(conn, diamond_id=hold.diamond_id)
    floor = lowest_margin(conn, stone.stone_type) if stone else Decimal(0)
    return Bounds.below(hold.price, floor)


def _existing(conn: Connection, hold_id: UUID) -> Hold:
    hold = queries.find_hold(conn, hold_id=hold_id)
    if hold is None:
        raise LookupError(f"there is no hold {hold_id}")
    return hold
