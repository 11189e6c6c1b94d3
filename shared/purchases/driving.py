"""Taking a purchase step by step to where it waits or ends; whoever dies is followed by another.

One driver at a time, by a claim with an end. The facts are read anew before every step.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

from psycopg import Connection

from shared.holds import queries as holds
from shared.platform import clock, db
from shared.platform.errors import Unavailable, UpstreamError
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.purchases import payment_steps, queries, refunding, steps, supplier_events
from shared.purchases.model import Purchase
from shared.purchases.process import WAITING, Facts, Step, next_step, wake_at

log = Log("purchases")

FIRST_WAIT_SECONDS = 5
LONGEST_WAIT_SECONDS = 900
LOOK_AGAIN = timedelta(seconds=30)
"""How soon to ask again for a payment that is on its way."""

STEPS: Mapping[Step, Callable[[Purchase], None]] = {
    "settle_hold": steps.settle_hold,
    "place_order": steps.place_order,
    "doubt_order": steps.doubt_order,
    "open_session": payment_steps.open_session,
    "look_at_payment": payment_steps.look_at_payment,
    "look_at_supplier": supplier_events.look_at_supplier,
    "close_session": payment_steps.close_session,
    "capture": payment_steps.capture,
    "void": payment_steps.void,
    "report_unpaid": payment_steps.report_unpaid,
    "refund": payment_steps.refund,
    "complete": steps.complete,
    "fail": steps.fail,
    "cancel": steps.cancel,
    "let_go": steps.let_go,
}


def drive(purchase_id: UUID, *, seconds: float = 60) -> Purchase:
    """Do what can be done now; the purchase as it is then."""
    claim = uuid4()
    deadline = monotonic() + seconds
    with db.transaction() as conn:
        lease = settings().selling.lease_seconds
        purchase = queries.claim_purchase(
            conn, purchase_id=purchase_id, claim=claim, lease_seconds=lease
        )
    while purchase is not None and monotonic() < deadline:
        purchase = _one_step(purchase_id, claim)
    if purchase is not None:
        _leave(purchase, claim, clock.now())
    with db.transaction() as conn:
        return existing(conn, purchase_id)


def existing(conn: Connection, purchase_id: UUID) -> Purchase:
    purchase = queries.find_purchase(conn, purchase_id=purchase_id)
    if purchase is None:
        raise LookupError(f"there is no purchase {purchase_id}")
    return purchase


def facts_of(conn: Connection, purchase: Purchase, now: datetime) -> Facts:
    hold = holds.find_hold(conn, hold_id=purchase.hold_id)
    if hold is None:
        raise LookupError(f"there is no hold {purchase.hold_id}")
    return Facts(
        kind=purchase.kind,
        order=purchase.order_status,
        payment=purchase.payment_status,
        supplier=purchase.supplier_order,
        session=purchase.session_status,
        hold=hold.status,
        cancelled=purchase.is_given_up,
        incident=queries.has_open_incident(conn, purchase_id=purchase.id),
        news=_has_news(purchase, now),
        supplier_news=purchase.supplier_news_at != purchase.supplier_news_seen_at,
        refunds=refunding.next_of(conn, purchase.id) is not None,
        session_expires_at=purchase.session_expires_at,
        capture_before=purchase.capture_before,
    )


def _one_step(purchase_id: UUID, claim: UUID) -> Purchase | None:
    """None when there is nothing more to do, or somebody else does it."""
    now = clock.now()
    with db.transaction() as conn:
        lease = settings().selling.lease_seconds
        purchase = queries.renew_claim(
            conn, purchase_id=purchase_id, claim=claim, lease_seconds=lease
        )
        if purchase is None:
            return None
        facts = facts_of(conn, purchase, now)
    step = next_step(facts, now)
    if step in WAITING:
        _leave(purchase, claim, wake_at(step, facts, now))
        return None
    try:
        STEPS[step](purchase)
    except (UpstreamError, Unavailable) as error:
        log.warning("purchase put off", purchase_id=purchase_id, step=step, reason=error)
        _leave(purchase, claim, now + _wait(purchase.failures), failed=f"{step}: {error}"[:1_000])
        return None
    return purchase


def _leave(
    purchase: Purchase, claim: UUID, next_look_at: datetime | None, *, failed: str | None = None
) -> None:
    with db.transaction() as conn:
        queries.leave_purchase(
            conn,
            purchase,
            claim=claim,
            decided_on=None if failed else purchase.updated_at,
            next_look_at=next_look_at,
            failures=purchase.failures + 1 if failed else 0,
            last_error=failed,
        )


def _has_news(purchase: Purchase, now: datetime) -> bool:
    looked = purchase.looked_at
    if purchase.news_at is not None and purchase.news_at != purchase.news_seen_at:
        return True
    under_way = purchase.session_status == "complete" and purchase.payment_status == "none"
    return under_way and (looked is None or looked < now - LOOK_AGAIN)


def _wait(failures: int) -> timedelta:
    return timedelta(seconds=min(FIRST_WAIT_SECONDS * 2**failures, LONGEST_WAIT_SECONDS))
