"""The steps of a purchase that concern money; each may be repeated under the same key.

What the payment partner says is never taken from an event: an event says that there is news, and
the partner is asked. A key moves on only when it is certain that nothing was done under it.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.deadlines import service as deadlines
from shared.holds.refusals import CheckoutRefused, written
from shared.payments import gateway, reading
from shared.payments.model import (
    Checkout,
    PaymentRefused,
    PaymentSeen,
    PaymentUncertain,
    PaymentUnreachable,
)
from shared.platform import clock, db
from shared.platform.settings import settings
from shared.purchases import disputes, incidents, queries, refunding
from shared.purchases.model import Purchase

SESSION_ATTEMPTS = 3
AUTHORISATION = "authorisation"


def open_session(purchase: Purchase) -> None:
    """Make the page where the customer pays, or learn its address again."""
    asked = _asked_for_session(purchase)
    try:
        opened = gateway.open_session(_checkout(asked), key=_key(asked, "session"))
    except (PaymentRefused, PaymentUncertain) as error:
        _no_session(asked, error)
        return
    with db.transaction() as conn:
        if queries.lock_purchase(conn, purchase_id=purchase.id).session_status == "asked":
            queries.advance(
                conn,
                purchase.id,
                "session_opened",
                detail={"sessionId": opened.id},
                session_status="open",
                session_id=opened.id,
                session_url=opened.url,
                session_expires_at=opened.expires_at,
            )


def look_at_payment(purchase: Purchase) -> None:
    """Ask how the payment stands, and write down what is new."""
    look(purchase)


def look(purchase: Purchase) -> tuple[Purchase, PaymentSeen]:
    began = clock.now()
    seen = gateway.look(_named(purchase.session_id))
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase.id)
        changes = reading.changes(_known(locked), seen)
        if "customer" in changes:
            changes["customer"] = {**locked.customer, **changes["customer"]}
        after = queries.advance(
            conn,
            purchase.id,
            "payment_looked_at",
            detail={"session": seen.session, "intent": seen.intent_status},
            looked_at=began,
            news_seen_at=purchase.news_at,
            **changes,
        )
        refunding.heard(conn, after, seen.refunds)
        disputes.heard(conn, after, seen.disputes)
        _watch_authorisation(conn, after)
        if changes.get("payment_status") == "authorised":
            _check_amount(conn, after, seen)
    return after, seen


def close_session(purchase: Purchase) -> None:
    """Let nobody pay any more; somebody may have paid just now."""
    with suppress(PaymentRefused):  # it is not open any more: the look says why
        gateway.close_session(_named(purchase.session_id))
    look(purchase)


def capture(purchase: Purchase) -> None:
    """Take the money for a stone that is ordered."""
    authorised = purchase.authorised_cents or 0
    try:
        taken = gateway.capture(
            _named(purchase.payment_intent_id), authorised, key=_key(purchase, "capture")
        )
    except (PaymentRefused, PaymentUncertain) as error:
        _still_authorised(purchase, "capture", error)
        return
    _paid(purchase.id, "captured", payment_status="captured", captured_cents=taken)


def void(purchase: Purchase) -> None:
    """Let the money go that nothing was bought for."""
    try:
        gateway.void(_named(purchase.payment_intent_id), key=_key(purchase, "void"))
    except (PaymentRefused, PaymentUncertain) as error:
        _still_authorised(purchase, "void", error)
        return
    _paid(purchase.id, "voided", payment_status="voided")


def refund(purchase: Purchase) -> None:
    """Give back what was asked for first."""
    with db.transaction() as conn:
        asked = refunding.next_of(conn, purchase.id)
    if asked is None:
        return
    seen = refunding.made(purchase, asked)
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase.id)
        if seen is None:
            refunding.failed_once(conn, locked, asked)
        else:
            refunding.heard(conn, locked, [seen])
    look(purchase)


def report_unpaid(purchase: Purchase) -> None:
    """The supplier has an order, and the money is not to be had: a person decides."""
    evidence = {
        "payment": purchase.payment_status,
        "paymentIntent": purchase.payment_intent_id,
        "supplierOrder": purchase.supplier_order_id,
    }
    with db.transaction() as conn:
        incidents.report(
            conn,
            "unpaid_order",
            purchase.order_number,
            f"{purchase.order_number} is ordered and its payment is {purchase.payment_status}.",
            evidence,
            purchase=purchase,
        )


def _asked_for_session(purchase: Purchase) -> Purchase:
    """The intent, with the moment it expires: the same request at every repetition."""
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase.id)
        if locked.session_status != "none":
            return locked
        expires = clock.now() + timedelta(minutes=settings().checkout.minutes)
        return queries.advance(
            conn,
            purchase.id,
            "session_asked",
            session_status="asked",
            session_expires_at=expires.replace(microsecond=0),
        )


def _no_session(purchase: Purchase, error: PaymentRefused | PaymentUncertain) -> None:
    """Nothing under this key can be paid: try another, or give up."""
    with db.transaction() as conn:
        changes: dict[str, Any] = {"payment_attempt": purchase.payment_attempt + 1}
        if purchase.payment_attempt >= SESSION_ATTEMPTS:
            changes["failure"] = written(CheckoutRefused("No payment page could be made."))
        queries.advance(
            conn,
            purchase.id,
            "session_refused",
            detail={"reason": str(error)[:500]},
            session_status="none",
            **changes,
        )
    if isinstance(error, PaymentUncertain):
        raise error


def _still_authorised(
    purchase: Purchase, event: str, error: PaymentRefused | PaymentUncertain
) -> None:
    """Look what was done; if nothing was, the next try needs a key of its own."""
    after, seen = look(purchase)
    if after.payment_status != "authorised":
        return
    if event == "void" and seen.intent_status == "succeeded":
        _give_back(after, seen)
        return
    with db.transaction() as conn:
        queries.advance(
            conn,
            purchase.id,
            f"{event}_failed",
            detail={"reason": str(error)[:500]},
            payment_attempt=purchase.payment_attempt + 1,
        )
    raise PaymentUnreachable(f"{event} failed: {error}")


def _give_back(purchase: Purchase, seen: PaymentSeen) -> None:
    """Somebody else captured what was to be voided: it goes back all the same."""
    gateway.refund(
        _named(purchase.payment_intent_id),
        seen.received,
        our_id=str(purchase.id),
        key=_key(purchase, "give-back"),
    )
    _paid(purchase.id, "given_back", payment_status="voided")


def _paid(purchase_id: UUID, event: str, **changes: Any) -> None:
    with db.transaction() as conn:
        locked = queries.lock_purchase(conn, purchase_id=purchase_id)
        if locked.payment_status == "authorised":
            _watch_authorisation(conn, queries.advance(conn, purchase_id, event, **changes))


def _watch_authorisation(conn: Connection, purchase: Purchase) -> None:
    """People hear a day before authorised money lapses, unless it was taken or let go."""
    if purchase.payment_status != "authorised":
        deadlines.met(conn, AUTHORISATION, purchase.order_number)
    elif purchase.capture_before:
        deadlines.promise(
            conn,
            AUTHORISATION,
            purchase.order_number,
            due_at=purchase.capture_before,
            escalate_at=purchase.capture_before - timedelta(days=1),
            default_action="the money is voided two hours before it would lapse",
        )


def _check_amount(conn: Connection, purchase: Purchase, seen: PaymentSeen) -> None:
    fault = reading.mismatch(_known(purchase), seen)
    if fault:
        incidents.report(
            conn,
            "amount_mismatch",
            purchase.order_number,
            f"{purchase.order_number}: {fault}",
            {"paymentIntent": seen.intent_id, "authorised": seen.amount, "fault": fault},
            purchase=purchase,
        )


def _known(purchase: Purchase) -> reading.Known:
    return reading.Known(
        session=purchase.session_status,
        payment=purchase.payment_status,
        ordered=purchase.supplier_order == "placed",
        currency=purchase.currency,
        amount=purchase.amount_cents,
        captured=purchase.captured_cents,
    )


def _checkout(purchase: Purchase) -> Checkout:
    asked = purchase.customer
    if purchase.amount_cents is None or purchase.session_expires_at is None:
        raise LookupError(f"{purchase.order_number} is no checkout")
    return Checkout(
        purchase_id=str(purchase.id),
        order_number=purchase.order_number,
        currency=purchase.currency,
        amount=purchase.amount_cents,
        title=asked["title"],
        expires_at=purchase.session_expires_at,
        success_url=asked["successUrl"],
        cancel_url=asked["cancelUrl"],
        email=asked.get("email"),
    )


def _key(purchase: Purchase, event: str) -> str:
    return f"{purchase.id}:{event}:{purchase.payment_attempt}"


def _named(name: str | None) -> str:
    if name is None:
        raise LookupError("the payment partner's name for it is not known")
    return name
