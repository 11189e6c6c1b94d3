"""What the payment partner says, in our words; amounts in the smallest unit of the currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.platform.errors import Terminal, Transient

SessionState = Literal["open", "complete", "expired"]
RefundState = Literal["pending", "succeeded", "failed"]
DisputeState = Literal["needs_response", "under_review", "won", "lost", "withdrawn"]


class PaymentUnreachable(Transient):
    """Not told, or not heard: the same request under the same key is safe."""


class PaymentUncertain(Transient):
    """Failed on their side; the key answers so ever after, whatever was done."""


class PaymentRefused(Terminal):
    """Understood and not done."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Checkout:
    """What a customer is to be asked for; everything in it is part of the idempotent request."""

    purchase_id: str
    order_number: str
    currency: str
    amount: int
    title: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    email: str | None = None


@dataclass(frozen=True)
class OpenedSession:
    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class RefundSeen:
    id: str
    amount: int
    state: RefundState
    our_id: str | None
    failure: str | None = None
    attempt: int = 1
    """Which of our tries it came of."""


@dataclass(frozen=True)
class DisputeSeen:
    id: str
    amount: int
    reason: str
    state: DisputeState
    opened_at: datetime
    respond_by: datetime | None = None


@dataclass(frozen=True)
class PaymentSeen:
    """A checkout as the partner has it now; `tax` comes on top of `subtotal`."""

    session: SessionState
    subtotal: int
    currency: str
    intent_id: str | None = None
    intent_status: str | None = None
    amount: int = 0
    received: int = 0
    cancellation_reason: str | None = None
    capture_before: datetime | None = None
    tax: int = 0
    refunds: tuple[RefundSeen, ...] = ()
    disputes: tuple[DisputeSeen, ...] = ()
    customer: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class VerifiedEvent:
    id: str
    type: str
    purchase_id: str | None
    """As we wrote it into the metadata of what the event is about."""
    intent_id: str | None
    payload: Mapping[str, Any]
