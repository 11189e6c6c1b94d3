from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Event = Literal["diamonds.changed", "export.completed", "webhook.test"]
EVENTS: tuple[Event, ...] = get_args(Event)


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Webhook(Row):
    id: UUID
    client_id: UUID
    url: str
    events: list[Event]
    secret: str
    old_secret_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    created_at: datetime


class Target(Row):
    """Where a delivery goes; both secrets sign while a receiver changes over."""

    id: UUID
    url: str
    secret: str
    old_secret: str | None


class Attempt(Row):
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


class Delivery(Row):
    id: int
    event: str
    message_id: str
    """What receivers know it by: the same at every attempt and replay."""
    created_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None
    next_attempt_at: datetime
    last_error: str | None
    attempts: list[Attempt]

    @property
    def status(self) -> str:
        if self.sent_at:
            return "sent"
        if self.given_up_at:
            return "given_up"
        return "retrying" if self.last_error else "waiting"


class Letter(Row):
    """What the outbox keeps of a delivery: its id, and the body as it is signed and sent."""

    id: str
    body: str


Data = dict[str, Any]
