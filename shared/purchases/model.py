"""A purchase as it is recorded: everything a process needs to go on after it was interrupted."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from shared.holds.model import Row, Written

Kind = Literal["partner", "checkout"]
OrderStatus = Literal["pending", "confirmed", "completed", "failed", "cancelled"]
PaymentStatus = Literal["none", "authorised", "captured", "voided", "refunded", "failed"]
SupplierOrder = Literal["not_asked", "asked", "placed", "declined", "unknown"]
SessionStatus = Literal["none", "asked", "open", "complete", "expired"]


class Purchase(Row):
    """Money in `*_cents` is in the smallest unit of `currency`; `price` is in US dollars."""

    id: UUID
    number: int
    order_number: str
    kind: Kind
    client_name: str
    client_key: str
    diamond_id: UUID
    hold_id: UUID
    price: Decimal
    reference: str | None
    comments: str | None
    destination_id: str | None
    return_days: int | None
    """The supplier takes the stone back for so long after its delivery."""
    order_status: OrderStatus
    payment_status: PaymentStatus
    supplier_order: SupplierOrder
    supplier_order_id: str | None
    failure: Written
    cancel_reason: str | None
    currency: str
    amount_cents: int | None
    rate: Decimal | None
    rated_on: date | None
    customer: Mapping[str, Any]
    session_status: SessionStatus
    session_id: str | None
    session_url: str | None
    session_expires_at: datetime | None
    payment_intent_id: str | None
    authorised_cents: int | None
    tax_cents: int
    """Part of it, on top of `amount_cents`."""
    captured_cents: int
    refunded_cents: int
    capture_before: datetime | None
    payment_attempt: int
    news_at: datetime | None
    news_seen_at: datetime | None
    supplier_news_at: datetime | None
    supplier_news_seen_at: datetime | None
    looked_at: datetime | None
    failures: int
    last_error: str | None
    turns: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None

    @property
    def is_given_up(self) -> bool:
        """It is to be undone: somebody asked for that, or it cannot go on."""
        return self.cancel_reason is not None or self.failure is not None

    @property
    def instance_id(self) -> str:
        """Of the process that works at it in this turn."""
        return f"purchase-{self.id}:{self.turns}"


class Due(Row):
    id: UUID
    turns: int


class PurchaseEvent(Row):
    id: int
    event: str
    order_status: OrderStatus
    payment_status: PaymentStatus
    supplier_order: SupplierOrder
    detail: Mapping[str, Any]
    created_at: datetime


class BoughtStone(Row):
    id: UUID
    shape: str
    carats: Decimal | None
    color: str | None
    clarity: str | None
    cut: str | None
    lab_grown: bool
    certificate_lab: str | None
    certificate_number: str | None
    return_days: int | None


class Incident(Row):
    """What only a person can decide, with what is known and what may be done about it."""

    id: int
    kind: str
    purchase_id: UUID | None
    subject: str
    summary: str
    evidence: Mapping[str, Any]
    allowed_actions: list[str]
    opened_at: datetime
    action: str | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None
