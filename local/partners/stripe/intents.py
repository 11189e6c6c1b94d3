"""Payment intents and their charges: authorised, captured, released."""

from typing import Any

from local.partners.stripe import disputes, sessions
from local.partners.stripe.cards import Card, Decline
from local.partners.stripe.desk import Desk, Json, new, public
from local.partners.stripe.params import CancelIntent, CaptureIntent
from local.partners.stripe.refused import Refused, unexpected_state

AUTHORISED_FOR = 7 * 24 * 3600
"""Seconds; what Visa, Mastercard, Amex and Discover grant online."""


def begin(desk: Desk, session: Json) -> Json:
    """The session's intent, made when its customer confirms for the first time."""
    if session["payment_intent"]:
        intent = desk.get("pi", session["payment_intent"])
        return desk.put(intent, amount=session["amount_total"])
    intent = desk.put(_intent(desk, session))
    desk.put(session, payment_intent=intent["id"])
    desk.emit("payment_intent.created", intent)
    return intent


def require_action(desk: Desk, intent: Json, method: Json, url: str) -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
    desk.put(intent, status="requires_action", next_action=action, _method=method)
    desk.emit("payment_intent.requires_action", intent)


def fail(desk: Desk, intent: Json, method: Json, why: Decline) -> None:
    """Another attempt may follow in the same session."""
    charge = None
    if why.decline_code:
        charge = desk.put(_charge(desk, intent, method, why))
        desk.emit("charge.failed", charge)
    error = {
        "type": "card_error",
        "code": why.code,
        "decline_code": why.decline_code,
        "message": why.message,
        "charge": charge and charge["id"],
    }
    desk.put(
        intent,
        status="requires_payment_method",
        next_action=None,
        payment_method=None,
        last_payment_error={name: value for name, value in error.items() if value},
        latest_charge=(charge and charge["id"]) or intent["latest_charge"],
    )
    desk.emit("payment_intent.payment_failed", intent)


def authorise(desk: Desk, session: Json, intent: Json, method: Json, card: Card) -> None:
    """The bank said yes: the money is kept for us, and ours where we capture automatically."""
    charge = desk.put(
        _charge(desk, intent, method, None) | {"_refund": card.refund, "_disputes": card.disputes}
    )
    desk.put(
        intent,
        status="requires_capture",
        amount_capturable=intent["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        next_action=None,
        payment_method=method["id"],
    )
    desk.emit("charge.succeeded", charge)
    if intent["capture_method"] == "manual":
        desk.emit("payment_intent.amount_capturable_updated", intent)
        desk.store.plan(intent["id"], "lapse", desk.now + AUTHORISED_FOR)
    else:
        _settle(desk, intent, charge, intent["amount"])
    sessions.complete(desk, session, paid=intent["status"] == "succeeded")


def capture(desk: Desk, asked: CaptureIntent, which: str) -> Json:
    intent = desk.get("pi", which, "intent")
    if intent["status"] != "requires_capture":
        raise unexpected_state(_not_capturable(intent), public(intent))
    most = intent["amount_capturable"]
    amount = most if asked.amount_to_capture is None else asked.amount_to_capture
    if amount > most:
        raise Refused(
            400,
            f"The provided amount_to_capture ({amount}) is greater than the amount_capturable"
            f" ({most}) of this PaymentIntent.",
            code="amount_too_large",
            param="amount_to_capture",
            executed=True,
        )
    intent["metadata"] |= asked.metadata
    charge = desk.get("ch", intent["latest_charge"])
    _settle(desk, intent, charge, amount)
    desk.emit("charge.captured", charge)
    _mark_paid(desk, intent)
    return intent


def cancel(desk: Desk, asked: CancelIntent, which: str) -> Json:
    intent = desk.get("pi", which, "intent")
    if intent["status"] in ("succeeded", "canceled"):
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
            " canceled: requires_payment_method, requires_capture, requires_confirmation,"
            " requires_action, processing.",
            public(intent),
        )
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it belongs to a Checkout Session that is"
            " still open. Expire the Checkout Session instead.",
            public(intent),
        )
    release(desk, intent, asked.cancellation_reason)
    desk.emit("charge.refunded", desk.get("ch", intent["latest_charge"]))
    return intent


def lapse(desk: Desk, intent: Json) -> None:
    """Nobody captured in time."""
    if intent["status"] == "requires_capture":
        release(desk, intent, "automatic")
        desk.emit("charge.expired", desk.get("ch", intent["latest_charge"]))


def release(desk: Desk, intent: Json, reason: str | None) -> None:
    """The customer has the whole amount back, without a refund."""
    charge = desk.get("ch", intent["latest_charge"])
    desk.put(charge, refunded=True, amount_refunded=charge["amount"])
    desk.put(
        intent,
        status="canceled",
        amount_capturable=0,
        canceled_at=desk.now,
        cancellation_reason=reason,
    )
    desk.emit("payment_intent.canceled", intent)


def _settle(desk: Desk, intent: Json, charge: Json, amount: int) -> None:
    desk.put(charge, captured=True, amount_captured=amount)
    desk.put(intent, status="succeeded", amount_capturable=0, amount_received=amount)
    desk.emit("payment_intent.succeeded", intent)
    if charge["_disputes"]:
        disputes.begin(desk, charge)


def _mark_paid(desk: Desk, intent: Json) -> None:
    """Its session shows as paid from the capture on."""
    desk.put(desk.get("cs_test", intent["_session"]), payment_status="paid")


def _not_capturable(intent: Json) -> str:
    if intent["status"] == "succeeded":
        return "This PaymentIntent could not be captured because it has already been captured."
    return (
        "This PaymentIntent could not be captured because it has a status of"
        f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
        " captured: requires_capture."
    )


def _intent(desk: Desk, session: Json) -> Json:
    which, given = new("pi"), session["_intent_data"]
    return {
        "id": which,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": given["capture_method"],
        "client_secret": f"{which}_secret_{new('', 24)[1:]}",
        "confirmation_method": "automatic",
        "created": desk.now,
        "currency": session["currency"],
        "customer": None,
        "description": given["description"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": given["metadata"],
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": given["receipt_email"],
        "setup_future_usage": None,
        "shipping": _shipping(session) or given["shipping"],
        "statement_descriptor": given["statement_descriptor"],
        "statement_descriptor_suffix": given["statement_descriptor_suffix"],
        "status": "requires_payment_method",
        "_session": session["id"],
    }


def _shipping(session: Json) -> Any:
    collected = session["collected_information"] or {}
    return collected.get("shipping_details")


def _charge(desk: Desk, intent: Json, method: Json, failed: Decline | None) -> Json:
    held = intent["capture_method"] == "manual" and not failed
    card = method["card"] | {
        "amount_authorized": None if failed else intent["amount"],
        "capture_before": desk.now + AUTHORISED_FOR if held else None,
    }
    return {
        "id": new("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "captured": False,
        "created": desk.now,
        "currency": intent["currency"],
        "customer": None,
        "disputed": False,
        "failure_code": failed and failed.code,
        "failure_message": failed and failed.message,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(failed),
        "paid": failed is None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"type": "card", "card": card},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "status": "failed" if failed else "succeeded",
    }


def _outcome(failed: Decline | None) -> Json:
    return {
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": failed and failed.decline_code,
        "risk_level": "normal",
        "type": "issuer_declined" if failed else "authorized",
    }
