"""Giving holds back to their suppliers once they are over in our books; safe to repeat."""

from uuid import UUID

from shared.feeds import registry
from shared.holds import queries
from shared.holds.model import Hold
from shared.platform import clock, db
from shared.platform.errors import UpstreamError
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("holds.returning")


def give_back(diamond_id: UUID | None = None) -> bool:
    """Give one hold back, of this stone or of any; False when there is none left to try."""
    with db.transaction() as conn:
        hold = queries.claim_hold_to_give_back(
            conn, diamond_id=diamond_id, lease_seconds=settings().selling.lease_seconds
        )
    if hold is None:
        return False
    try:
        _release(hold)
    except UpstreamError as error:
        log.warning("hold not given back yet", hold_id=hold.id, reason=error)
        return diamond_id is None
    with db.transaction() as conn:
        queries.given_back(conn, hold_id=hold.id)
        queries.record(conn, hold.id, "given_back")
    return True


def _release(hold: Hold) -> None:
    if hold.supplier_until and hold.supplier_until <= clock.now():
        return
    trading = registry.trading(hold.feed)
    if hold.supplier_hold_id:
        trading.release(hold.supplier_hold_id)
        return
    offer = trading.check(hold.supplier_stone_id)
    if offer and offer.hold_id and not _known(hold.feed, offer.hold_id):
        trading.release(offer.hold_id)


def _known(feed: str, supplier_hold_id: str) -> bool:
    with db.transaction() as conn:
        return queries.is_our_hold(conn, feed=feed, supplier_hold_id=supplier_hold_id)
