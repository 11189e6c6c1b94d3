"""Disputes: a card's owner denies a charge; it is not refunded besides until that is decided."""

from typing import Literal

from local.partners.stripe.desk import Desk, Json, new
from local.partners.stripe.refused import Refused

Outcome = Literal["under_review", "won", "lost", "warning_closed"]

ANSWERED_WITHIN = 9 * 24 * 3600
"""Seconds; most card networks leave between 7 and 21 days."""
OVER = ("won", "lost", "warning_closed")


def begin(desk: Desk, charge: Json, reason: str = "fraudulent") -> Json:
    dispute = desk.put(
        {
            "id": new("dp"),
            "object": "dispute",
            "amount": charge["amount_captured"] - charge["amount_refunded"],
            "charge": charge["id"],
            "created": desk.now,
            "currency": charge["currency"],
            "evidence_details": {
                "due_by": desk.now + ANSWERED_WITHIN,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
    )
    desk.put(charge, disputed=True)
    desk.emit("charge.dispute.created", dispute)
    desk.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def move(desk: Desk, dispute: Json, outcome: Outcome) -> Json:
    """What its bank, or somebody with evidence, did."""
    desk.put(dispute, status=outcome)
    desk.emit(f"charge.dispute.{'closed' if outcome in OVER else 'updated'}", dispute)
    if outcome == "won":
        desk.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def forbid(desk: Desk, charge: Json) -> None:
    """Refuse a refund of what is disputed, or was lost; raises Refused."""
    mine = [one for one in desk.store.every("dispute") if one["charge"] == charge["id"]]
    if any(one["status"] not in ("won", "warning_closed") for one in mine):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise Refused(400, message, code="charge_disputed", executed=True)
