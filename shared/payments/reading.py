"""What a look at the payment partner changes about a purchase: only ever forward; pure."""

from dataclasses import dataclass
from typing import Any

from shared.payments.model import PaymentSeen

GIVEN_UP = ("requested_by_customer", "abandoned", "duplicate", "fraudulent")
"""Why somebody lets an authorisation go; every other one lapsed."""


@dataclass(frozen=True)
class Known:
    """What is written down of a payment so far."""

    session: str
    payment: str
    ordered: bool
    currency: str
    amount: int | None
    captured: int = 0


def changes(known: Known, seen: PaymentSeen) -> dict[str, Any]:
    """The columns of the purchase that are to change; empty when there is nothing new."""
    found = _session(known, seen)
    match known.payment:
        case "none":
            found |= _first(seen)
        case "authorised":
            found |= _authorised(known, seen)
        case "captured" | "refunded":
            found |= _captured(known, seen)
    return found


def mismatch(known: Known, seen: PaymentSeen) -> str | None:
    """Why what the customer authorised is not what was asked for."""
    if (seen.subtotal, seen.currency) != (known.amount, known.currency):
        asked = f"{known.amount} {known.currency}"
        return f"asked for {asked}, the page says {seen.subtotal} {seen.currency}"
    if seen.amount != seen.subtotal + seen.tax:
        return f"{seen.amount} were authorised for {seen.subtotal} and {seen.tax} of tax"
    return None


def _session(known: Known, seen: PaymentSeen) -> dict[str, Any]:
    if known.session == "open" and seen.session != "open":
        return {"session_status": seen.session}
    return {}


def _first(seen: PaymentSeen) -> dict[str, Any]:
    match seen.intent_status:
        case "requires_capture" | "succeeded":
            return {
                "payment_status": "authorised",
                "payment_intent_id": seen.intent_id,
                "authorised_cents": seen.amount,
                "tax_cents": seen.tax,
                "capture_before": seen.capture_before,
                "customer": dict(seen.customer),
            }
        case "canceled" if seen.session != "open":
            return {"payment_status": "failed", "payment_intent_id": seen.intent_id}
        case _:
            return {}


def _authorised(known: Known, seen: PaymentSeen) -> dict[str, Any]:
    match seen.intent_status:
        case "succeeded" if known.ordered:
            return {"payment_status": "captured", "captured_cents": seen.received}
        case "canceled":
            given_up = seen.cancellation_reason in GIVEN_UP
            return {"payment_status": "voided" if given_up else "failed"}
        case _:
            return {}


def _captured(known: Known, seen: PaymentSeen) -> dict[str, Any]:
    back = sum(refund.amount for refund in seen.refunds if refund.state == "succeeded")
    status = "refunded" if back and back >= known.captured else "captured"
    found: dict[str, Any] = {"refunded_cents": back}
    return found | ({"payment_status": status} if status != known.payment else {})
