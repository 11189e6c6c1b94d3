"""The steps of a purchase that concern the stone; each may be repeated, and finds what is done.

The supplier is told once: the intent is committed before, the outcome after. An intent without an
outcome is an order nobody can vouch for, and a person decides.
"""

from typing import Any

from psycopg import Connection

from shared.feeds import registry
from shared.feeds.model import OutcomeUnknown
from shared.feeds.model import Purchase as Order
from shared.holds import queries as holds
from shared.holds import returning, settling
from shared.holds import service as holding
from shared.holds.model import Hold
from shared.holds.refusals import (
    HoldDenied,
    SupplierSilent,
    SupplierUnavailable,
    said_again,
    written,
)
from shared.platform import db
from shared.platform.errors import Terminal, UpstreamError
from shared.platform.settings import settings
from shared.purchases import incidents, news, outcome, queries
from shared.purchases.model import Purchase

ATTEMPTS = 8
"""A supplier that cannot be told for about a quarter of an hour is not told at all."""


def settle_hold(purchase: Purchase) -> None:
    """Have the supplier hold the stone; after too long a silence nobody waits any more."""
    try:
        settling.settle(purchase.hold_id)
    except SupplierSilent as silent:
        if purchase.failures + 1 < ATTEMPTS:
            raise
        failure = written(SupplierUnavailable(silent.message))
        with db.transaction() as conn:
            queries.advance(conn, purchase.id, "supplier_silent", failure=failure)


def place_order(purchase: Purchase) -> None:
    """Tell the supplier, once."""
    with db.transaction() as conn:
        hold = _hold(conn, purchase)
        days = queries.find_bought_stone(conn, diamond_id=hold.diamond_id).return_days
        order = Order(
            offer_id=hold.offer_id,
            reference=purchase.order_number,
            comment=purchase.comments,
            destination_id=purchase.destination_id,
            returnable=bool(days) and settings().selling.return_days > 0,
        )
        now = queries.lock_purchase(conn, purchase_id=purchase.id)
        if now.supplier_order != "not_asked" or now.is_given_up:
            return  # somebody was faster: another driver, or whoever cancelled it
        detail = {"feed": hold.feed, "offerId": hold.offer_id, "reference": order.reference}
        changes = {"supplier_order": "asked", "return_days": days}
        queries.advance(conn, purchase.id, "order_asked", detail=detail, **changes)
    try:
        answer = registry.trading(hold.feed).order(order)
    except OutcomeUnknown as error:
        doubt_order(purchase, str(error))
    except Terminal as error:
        outcome.declined(purchase.id, str(error))
    except UpstreamError as error:
        _not_sent(purchase, error)
        raise
    else:
        outcome.answered(purchase.id, answer)


def doubt_order(purchase: Purchase, reason: str = "whoever placed the order died") -> None:
    """Write down that nobody knows, with what can be known, and ask a person."""
    with db.transaction() as conn:
        hold = _hold(conn, purchase)
    evidence: dict[str, Any] = {
        "reason": reason,
        "feed": hold.feed,
        "offerId": hold.offer_id,
        "supplierHoldId": hold.supplier_hold_id,
        "reference": purchase.order_number,
        "supplierSays": _looked_up(hold),
    }
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase.id)
        if locked.supplier_order != "asked":
            return
        queries.advance(
            conn, purchase.id, "order_doubted", detail=evidence, supplier_order="unknown"
        )
        incidents.report(
            conn,
            "order_outcome_unknown",
            locked.order_number,
            f"The supplier may or may not have order {locked.order_number}: {reason}",
            evidence,
            purchase=locked,
        )


def complete(purchase: Purchase) -> None:
    with db.transaction() as conn:
        queries.lock_purchase(conn, purchase_id=purchase.id)
        done = queries.advance(conn, purchase.id, "completed", order_status="completed")
        news.completed(conn, done)


def fail(purchase: Purchase) -> None:
    """End without a stone and without money: the supplier's side of it did not work out."""
    with db.transaction() as conn:
        queries.lock_purchase(conn, purchase_id=purchase.id)
        hold = _hold(conn, purchase)
        why = purchase.failure or hold.refusal
        refusal = said_again(why) if why else HoldDenied("The hold was lost.")
        queries.advance(
            conn, purchase.id, "failed", order_status="failed", failure=written(refusal)
        )


def cancel(purchase: Purchase) -> None:
    """End without a stone and without money: nobody wants it any more."""
    with db.transaction() as conn:
        queries.lock_purchase(conn, purchase_id=purchase.id)
        queries.advance(conn, purchase.id, "cancelled", order_status="cancelled")


def let_go(purchase: Purchase) -> None:
    """Put the stone back on sale."""
    with db.transaction() as conn:
        hold = _hold(conn, purchase)
        holding.undo_sale(conn, hold.id)
    returning.give_back(hold.diamond_id)


def _not_sent(purchase: Purchase, error: UpstreamError) -> None:
    """Nothing was done; after long enough it counts as a refusal."""
    if purchase.failures + 1 >= ATTEMPTS:
        outcome.declined(purchase.id, f"not reachable: {error}")
        return
    with db.transaction() as conn:
        queries.advance(
            conn,
            purchase.id,
            "order_not_sent",
            detail={"reason": str(error)[:500]},
            supplier_order="not_asked",
        )


def _looked_up(hold: Hold) -> dict[str, Any]:
    try:
        offer = registry.trading(hold.feed).check(hold.supplier_stone_id)
    except UpstreamError as error:
        return {"error": str(error)[:500]}
    if offer is None:
        return {"stone": "not listed any more"}
    return {"stone": offer.availability, "holdId": offer.hold_id, "price": str(offer.price)}


def _hold(conn: Connection, purchase: Purchase) -> Hold:
    hold = holds.find_hold(conn, hold_id=purchase.hold_id)
    if hold is None:
        raise LookupError(f"there is no hold {purchase.hold_id}")
    return hold
