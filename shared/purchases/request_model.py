"""A customer's request as it is recorded, and why one is refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.holds.model import Row
from shared.platform.errors import Conflict, NotFound

RequestKind = Literal["return", "question"]
RequestStatus = Literal[
    "requested",
    "approved",
    "received",
    "refunded",
    "refused",
    "cancelled",
    "answered",
    "closed",
]
Action = Literal["approve", "refuse", "receive", "refund", "answer", "close"]


class RequestNotFound(NotFound):
    code = "REQUEST_NOT_FOUND"


class RequestDecided(Conflict):
    """It stands otherwise by now; this cannot be done any more, or not yet."""

    code = "REQUEST_DECIDED"


class NotReturnable(Conflict):
    """The stone cannot come back: it never could, not any more, or nothing was sold."""

    code = "NOT_RETURNABLE"


class TooManyQuestions(Conflict):
    code = "TOO_MANY_QUESTIONS"
    hint = "Wait for the answers."


class Request(Row):
    number: int
    id: UUID
    kind: RequestKind
    purchase_id: UUID | None
    diamond_id: UUID
    client_name: str
    by_link: bool
    message: str
    contact: str | None
    status: RequestStatus
    answer: str | None
    decided_by: str | None
    refund_id: UUID | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Asking:
    """`by_link`: a customer with the link to their order; else the client itself."""

    kind: RequestKind
    message: str
    contact: str | None = None
    by_link: bool = False
