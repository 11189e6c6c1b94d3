"""What to do next about a purchase, from nothing but what is written down; pure.

Whoever dies, at whatever moment, is followed by somebody who asks this again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.holds.model import HoldStatus
from shared.purchases.model import Kind, OrderStatus, PaymentStatus, SessionStatus, SupplierOrder

Step = Literal[
    "settle_hold",
    "open_session",
    "await_payment",
    "look_at_payment",
    "look_at_supplier",
    "close_session",
    "place_order",
    "doubt_order",
    "await_person",
    "capture",
    "report_unpaid",
    "void",
    "refund",
    "complete",
    "fail",
    "cancel",
    "let_go",
    "nothing",
]
WAITING: frozenset[Step] = frozenset({"await_payment", "await_person", "nothing"})

VOID_BEFORE_LAPSE = timedelta(hours=2)
"""Money nobody can decide about is given back before its authorisation lapses by itself."""
HELD: frozenset[HoldStatus] = frozenset({"requesting", "active", "bought"})


@dataclass(frozen=True)
class Facts:
    kind: Kind
    order: OrderStatus
    payment: PaymentStatus
    supplier: SupplierOrder
    session: SessionStatus
    hold: HoldStatus
    cancelled: bool = False
    """It is to be undone: somebody asked for that, or it cannot go on."""
    incident: bool = False
    """A person is asked."""
    news: bool = False
    """The payment partner has something to tell."""
    supplier_news: bool = False
    """The supplier has something to tell."""
    refunds: bool = False
    """A refund was asked for and not made yet."""
    session_expires_at: datetime | None = None
    capture_before: datetime | None = None


def next_step(facts: Facts, now: datetime) -> Step:
    """The one next step; asked again until it is one of WAITING.

    The supplier is only looked at when nothing else is to be done: its silence holds nobody back.
    """
    step = _own_step(facts, now)
    return "look_at_supplier" if facts.supplier_news and step in WAITING else step


def _own_step(facts: Facts, now: datetime) -> Step:
    if facts.news and facts.session in ("open", "complete"):
        return "look_at_payment"
    match facts.order:
        case "failed" | "cancelled":
            return "let_go" if facts.hold in HELD else "nothing"
        case "completed":
            return "refund" if facts.refunds else "nothing"
        case "confirmed":
            return _ordered(facts)
        case "pending":
            return _unordered(facts, now)


def _unordered(facts: Facts, now: datetime) -> Step:
    match facts.supplier:
        case "asked":
            return "doubt_order"
        case "unknown":
            return "void" if _would_lapse(facts, now) else "await_person"
        case "declined":
            return _undone(facts, "fail")
        case _:
            return _unasked(facts, now)


def _unasked(facts: Facts, now: datetime) -> Step:
    if facts.cancelled or facts.payment in ("failed", "voided"):
        return _undone(facts, "cancel")
    if facts.hold == "requesting":
        return "settle_hold"
    if facts.hold != "active":
        return _undone(facts, "fail")
    if facts.incident:
        return "void" if _would_lapse(facts, now) else "await_person"
    if facts.kind == "partner" or facts.payment == "authorised":
        return "place_order"
    return _unpaid(facts, now)


def _unpaid(facts: Facts, now: datetime) -> Step:
    match facts.session:
        case "none" | "asked":
            return "open_session"
        case "expired":
            return "cancel"
        case _:
            over = facts.session_expires_at is not None and now >= facts.session_expires_at
            return "close_session" if over and facts.session == "open" else "await_payment"


def _undone(facts: Facts, ending: Literal["fail", "cancel"]) -> Step:
    """Give the money back before the order ends without a stone."""
    if facts.payment == "authorised":
        return "void"
    if facts.payment == "none" and facts.kind == "checkout":
        match facts.session:
            case "asked":
                return "open_session"  # it may exist: learn its name, then close it
            case "open":
                return "close_session"
            case "complete":
                return "await_payment"  # the payment is on its way, and will be voided
    return ending


def _ordered(facts: Facts) -> Step:
    if facts.cancelled:
        match facts.payment:
            case "authorised":
                return "void"
            case "captured":
                return "refund" if facts.refunds else "await_person"
            case _:
                return "cancel"
    if facts.kind == "partner" or facts.payment == "captured":
        return "complete"
    if facts.payment == "authorised":
        return "capture"
    return "await_person" if facts.incident else "report_unpaid"


def _would_lapse(facts: Facts, now: datetime) -> bool:
    if facts.payment != "authorised" or facts.capture_before is None:
        return False
    return now >= facts.capture_before - VOID_BEFORE_LAPSE


def wake_at(step: Step, facts: Facts, now: datetime) -> datetime | None:
    """When somebody has to ask again, although nothing happened until then."""
    match step:
        case "await_payment":
            expires = facts.session_expires_at
            return expires if expires and expires > now else now + timedelta(minutes=1)
        case "await_person" if facts.payment == "authorised" and facts.capture_before:
            return facts.capture_before - VOID_BEFORE_LAPSE
        case _:
            return None
