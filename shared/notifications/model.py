"""What is told, to whom, and how far it got."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.platform import trace
from shared.platform.payload import Payload

Category = Literal[
    "run_started",
    "run_completed",
    "run_partial",
    "run_failed",
    "run_cancelled",
    "run_skipped",
    "run_stalled",
    "run_recovered",
    "sweep_waiting",
    "sweep_decided",
    "feed_stale",
    "payload_drift",
    "purchase_completed",
    "purchase_failed",
    "incident_opened",
    "dispute_ended",
    "customer_asks",
    "deadline_near",
]
Destination = Literal["slack", "email", "log", "bus", "webhook"]
Status = Literal["waiting", "retrying", "sent", "given_up"]

BAD: tuple[Category, ...] = ("run_failed", "run_partial", "run_stalled", "feed_stale")
"""Each opens an incident of its feed, which a completed run closes."""
ROUTINE: frozenset[Category] = frozenset(
    {
        "run_started",
        "run_completed",
        "run_cancelled",
        "sweep_decided",
        "payload_drift",
        "purchase_completed",
    }
)
"""Nobody's mailbox needs these."""


class Notice(Payload):
    """One thing to say about one incident."""

    category: Category
    incident_key: str
    feed: str
    title: str
    text: str
    facts: dict[str, str] = Field(default_factory=dict)
    trace_id: str | None = Field(default_factory=trace.current)


class Posted(Payload):
    """A message for a queue."""

    queue: str
    body: str
    trace_id: str | None = Field(default_factory=trace.current)


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Message(Row):
    """A row of the outbox."""

    id: int
    destination: Destination
    category: str
    incident_key: str
    feed: str | None
    payload: dict[str, Any]
    attempts: int
    next_attempt_at: datetime
    created_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    last_error: str | None
    webhook_id: UUID | None

    @property
    def status(self) -> Status:
        if self.sent_at:
            return "sent"
        if self.given_up_at:
            return "given_up"
        return "retrying" if self.last_error else "waiting"


class ErrorLog(Row):
    service: str
    fingerprint: str
    message: str
    context: dict[str, Any]
    count: int
    first_seen: datetime
    last_seen: datetime


class DeadLetter(Row):
    id: int
    queue: str
    message_id: str
    body: str
    reason: str
    deliveries: int
    received_at: datetime
