"""A purchase as its customer may see it: steps with their times; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import attrgetter
from typing import Literal

from shared.purchases.model import Purchase, PurchaseEvent
from shared.purchases.refunding import Refund

Standing = Literal[
    "awaiting_payment", "in_progress", "being_checked", "completed", "refunded", "ended"
]
StepName = Literal[
    "received",
    "payment_authorised",
    "being_checked",
    "ordered",
    "paid",
    "payment_released",
    "payment_failed",
    "completed",
    "cancelled",
    "failed",
    "refund_requested",
    "refunded",
    "return_requested",
    "return_approved",
    "return_received",
    "return_refused",
    "return_cancelled",
]

RETURNS: dict[str, StepName] = {
    "return_requested": "return_requested",
    "return_approved": "return_approved",
    "return_received": "return_received",
    "return_refused": "return_refused",
    "return_cancelled": "return_cancelled",
}
"""These are steps as they are; that money went back is a step of its refund."""
PAYMENT: dict[tuple[str, str], StepName] = {
    ("none", "authorised"): "payment_authorised",
    ("none", "failed"): "payment_failed",
    ("authorised", "captured"): "paid",
    ("authorised", "voided"): "payment_released",
    ("authorised", "failed"): "payment_failed",
}
"""What a step of the payment is to the customer; refunds have rows of their own."""
ORDER: dict[str, StepName] = {
    "completed": "completed",
    "cancelled": "cancelled",
    "failed": "failed",
}


@dataclass(frozen=True)
class Step:
    """Of a refund, `cents` are in the smallest unit of the purchase's currency."""

    name: StepName
    at: datetime
    cents: int | None = None


def standing(purchase: Purchase) -> Standing:
    """How it stands, in one word."""
    if purchase.order_status in ("failed", "cancelled"):
        return "ended"
    if purchase.order_status == "completed":
        return "refunded" if purchase.payment_status == "refunded" else "completed"
    if purchase.supplier_order == "unknown":
        return "being_checked"
    unpaid = purchase.kind == "checkout" and purchase.payment_status == "none"
    return "awaiting_payment" if unpaid else "in_progress"


def steps(events: Sequence[PurchaseEvent], refunds: Sequence[Refund]) -> list[Step]:
    """What happened, in order; of what we and our partners did behind it, nothing."""
    found = [*_of_events(events), *_of_refunds(refunds)]
    return sorted(found, key=attrgetter("at"))


def _of_events(events: Sequence[PurchaseEvent]) -> Iterator[Step]:
    if events:
        yield Step("received", events[0].created_at)
    for before, after in pairwise(events):
        yield from (Step(name, after.created_at) for name in _new(before, after))


def _new(before: PurchaseEvent, after: PurchaseEvent) -> Iterator[StepName]:
    if after.event in RETURNS:
        yield RETURNS[after.event]
    paid = PAYMENT.get((before.payment_status, after.payment_status))
    if paid:
        yield paid
    if after.supplier_order != before.supplier_order:
        if after.supplier_order == "unknown":
            yield "being_checked"
        elif after.supplier_order == "placed":
            yield "ordered"
    if after.order_status != before.order_status and after.order_status in ORDER:
        yield ORDER[after.order_status]


def _of_refunds(refunds: Sequence[Refund]) -> Iterator[Step]:
    for refund in refunds:
        yield Step("refund_requested", refund.created_at, refund.amount_cents)
        if refund.status == "succeeded":
            yield Step("refunded", refund.updated_at, refund.amount_cents)
