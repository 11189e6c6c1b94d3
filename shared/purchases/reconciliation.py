"""Do payments, orders and the supplier's books tell the same story? Asked every night."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from shared.feeds import registry
from shared.holds import queries as holds
from shared.holds.model import Row
from shared.payments import gateway
from shared.payments.model import PaymentSeen
from shared.platform import clock, db
from shared.platform.errors import UpstreamError
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.purchases import disputes, incidents, queries, supplier_events
from shared.purchases.model import PaymentStatus, Purchase

log = Log("purchases.reconciliation")

SQL = queries.SQL

DAYS = 30
KEPT_EVENTS_DAYS = 90
SETTLING = timedelta(minutes=10)
"""What moved just now may be ahead at one of the partners."""

AS_SEEN: Mapping[PaymentStatus, tuple[str | None, ...]] = {
    "none": (None, "requires_payment_method", "requires_action", "canceled", "processing"),
    "authorised": ("requires_capture",),
    "captured": ("succeeded",),
    "refunded": ("succeeded",),
    "voided": ("canceled", "succeeded"),
    "failed": ("canceled",),
}
"""How a payment stands at the partner for each of our words; a voided one may be refunded."""


class Reconciliation(Row):
    id: int
    ran_at: datetime
    since: datetime
    purchases: int
    mismatches: list[dict[str, Any]]
    unchecked: int


def reconcile() -> Reconciliation:
    """Compare all that moved lately; every mismatch is an incident."""
    since = clock.now() - timedelta(days=DAYS)
    with db.transaction() as conn:
        recent = db.many(
            conn, SQL["list_recent_purchases"], Purchase, since=since, until=clock.now() - SETTLING
        )
    found: dict[str, list[str]] = {}
    unchecked = 0
    for purchase in recent:
        try:
            faults = [*_payment_faults(purchase), *_supplier_faults(purchase)]
        except UpstreamError as error:
            log.warning("purchase not reconciled", order=purchase.order_number, reason=error)
            unchecked += 1
            continue
        if faults:
            found[purchase.order_number] = faults
    found |= _strangers(since)
    return _kept(since, len(recent), found, unchecked)


def latest(conn: Connection, *, limit: int) -> list[Reconciliation]:
    return db.many(conn, SQL["list_reconciliations"], Reconciliation, limit=limit)


def payment_faults(purchase: Purchase, seen: PaymentSeen) -> Iterator[str]:
    """Where our word and the partner's differ; pure."""
    status = purchase.payment_status
    if seen.intent_status not in AS_SEEN[status]:
        yield f"payment is {status} here and {seen.intent_status} there"
    if status in ("captured", "refunded") and seen.received != purchase.captured_cents:
        yield f"captured {purchase.captured_cents} here and {seen.received} there"
    if status in ("authorised", "captured", "refunded") and seen.tax != purchase.tax_cents:
        yield f"tax is {purchase.tax_cents} here and {seen.tax} there"
    back = sum(refund.amount for refund in seen.refunds if refund.state == "succeeded")
    if status in ("captured", "refunded") and back != purchase.refunded_cents:
        yield f"refunded {purchase.refunded_cents} here and {back} there"


def _payment_faults(purchase: Purchase) -> list[str]:
    if purchase.session_id is None:
        return []
    seen = gateway.look(purchase.session_id)
    with db.transaction() as conn:
        known = disputes.of(conn, purchase.id)
    return [*payment_faults(purchase, seen), *disputes.differing(known, seen.disputes)]


def _supplier_faults(purchase: Purchase) -> list[str]:
    if purchase.order_status not in ("confirmed", "completed"):
        return []
    with db.transaction() as conn:
        hold = holds.find_hold(conn, hold_id=purchase.hold_id)
    offer = registry.trading(hold.feed).check(hold.supplier_stone_id) if hold else None
    if offer is not None and offer.availability == "available":
        return ["ordered here, and still for sale at the supplier"]
    return []


def _strangers(since: datetime) -> dict[str, list[str]]:
    """Money that was taken in our name, of which our books know nothing."""
    if settings().stripe.missing:
        return {}
    found: dict[str, list[str]] = {}
    try:
        for intent, ours, received in gateway.captured_since(since):
            with db.transaction() as conn:
                known = queries.find_purchase_of_payment(conn, payment_intent_id=intent)
            if known is None:
                found[intent] = [f"captured {received} for {ours}, which no purchase knows"]
    except UpstreamError as error:
        log.warning("payments not listed", reason=error)
    return found


def _kept(
    since: datetime, purchases: int, found: Mapping[str, list[str]], unchecked: int
) -> Reconciliation:
    mismatches = [{"subject": subject, "faults": faults} for subject, faults in found.items()]
    with db.transaction() as conn:
        for subject, faults in found.items():
            incidents.report(
                conn, "books_differ", subject, f"{subject}: {'; '.join(faults)}", {"faults": faults}
            )
        queries.prune_payment_events(conn, days=KEPT_EVENTS_DAYS)
        supplier_events.prune(conn, days=KEPT_EVENTS_DAYS)
        return db.get(
            conn,
            SQL["insert_reconciliation"],
            Reconciliation,
            since=since,
            purchases=purchases,
            mismatches=Jsonb(mismatches),
            unchecked=unchecked,
        )
