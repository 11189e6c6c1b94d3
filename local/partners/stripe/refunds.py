"""Refunds: whole or in parts, never more than was captured; some fail days later."""

from local.partners.stripe import disputes
from local.partners.stripe.desk import Desk, Json, new, public
from local.partners.stripe.params import CreateRefund
from local.partners.stripe.refused import Refused, unexpected_state

SETTLED_AFTER = 2
"""Seconds until a pending refund succeeds and a bad one fails; days in earnest."""


def create(desk: Desk, asked: CreateRefund) -> Json:
    charge = _charge(desk, asked)
    disputes.forbid(desk, charge)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise Refused(400, message, code="charge_already_refunded", executed=True)
    amount = left if asked.amount is None else asked.amount
    if amount > left:
        raise Refused(
            400,
            f"Refund amount ({_money(amount, charge)}) is greater than unrefunded amount on charge"
            f" ({_money(left, charge)})",
            param="amount",
            executed=True,
        )
    return _refunded(desk, charge, asked, amount)


def settle(desk: Desk, refund: Json) -> None:
    """What the bank said in the end."""
    if refund["status"] == "pending":
        desk.put(refund, status="succeeded")
        return _updated(desk, refund, "refund.updated")
    charge = desk.get("ch", refund["charge"])
    back = charge["amount_refunded"] - refund["amount"]
    desk.put(charge, amount_refunded=back, refunded=False)
    desk.put(refund, status="failed", failure_reason="expired_or_canceled_card")
    return _updated(desk, refund, "refund.failed")


def _charge(desk: Desk, asked: CreateRefund) -> Json:
    intent = desk.get("pi", _intent_id(desk, asked), "payment_intent")
    if intent["status"] != "succeeded":
        message = (
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        )
        raise unexpected_state(message, public(intent))
    return desk.get("ch", intent["latest_charge"])


def _intent_id(desk: Desk, asked: CreateRefund) -> str:
    if asked.charge:
        return str(desk.get("ch", asked.charge, "charge")["payment_intent"])
    if asked.payment_intent:
        return asked.payment_intent
    raise Refused(
        400,
        "One of the following params should be provided for this request: payment_intent or"
        " charge.",
        code="parameter_missing",
        param="payment_intent",
    )


def _refunded(desk: Desk, charge: Json, asked: CreateRefund, amount: int) -> Json:
    outcome = charge["_refund"]
    refund = {
        "id": new("re"),
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": desk.now,
        "currency": charge["currency"],
        "failure_reason": None,
        "metadata": asked.metadata,
        "payment_intent": charge["payment_intent"],
        "reason": asked.reason,
        "status": "pending" if outcome == "pending" else "succeeded",
    }
    desk.put(refund)
    refunded = charge["amount_refunded"] + amount
    desk.put(charge, amount_refunded=refunded, refunded=refunded == charge["amount_captured"])
    desk.emit("refund.created", refund)
    desk.emit("charge.refunded", charge)
    if outcome != "succeeded":
        desk.store.plan(refund["id"], "settle", desk.now + SETTLED_AFTER)
    return refund


def _updated(desk: Desk, refund: Json, how: str) -> None:
    desk.emit(how, refund)
    desk.emit("charge.refund.updated", refund)


def _money(cents: int, charge: Json) -> str:
    return f"{charge['currency'].upper()} {cents / 100:.2f}"
