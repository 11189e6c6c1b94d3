"""Queue messages nobody could use: why, and putting them back."""

from datetime import datetime
from typing import Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.notifications import dead_letters
from shared.platform.db import request_transaction, transaction

bp = df.Blueprint()

Queue = Literal["work-items", "consolidate"]


class DeadLetterList(Asked):
    queue: Queue
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class Requeue(Asked):
    """All of the queue's dead letters, or those named."""

    queue: Queue
    ids: list[int] | None = Field(default=None, min_length=1, max_length=1_000)


class DeadLetterView(Answer):
    id: int
    queue: str
    message_id: str
    body: str
    reason: str
    deliveries: int
    received_at: datetime


class DeadLetters(Answer):
    data: list[DeadLetterView]
    pagination: Page


class Requeued(Answer):
    requeued: list[int]


@bp.route("v2/dead-letters", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=DeadLetterList)
def list_dead_letters(call: Call[DeadLetterList]) -> DeadLetters:
    """Oldest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = dead_letters.list_buried(
            conn, queue=asked.queue, after=number(asked.cursor), limit=asked.limit + 1
        )
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return DeadLetters(
        data=[DeadLetterView.model_validate(letter) for letter in shown], pagination=page
    )


@bp.route("v2/dead-letters/requeue", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, body=Requeue, status=202)
def requeue_dead_letters(call: Call[Requeue]) -> Requeued:
    """Put messages back into their queue; those already put back are left alone."""
    asked = call.asked
    with transaction() as conn:
        letters = dead_letters.requeue(
            conn, queue=asked.queue, ids=asked.ids, requeued_by=call.caller.client_name
        )
    return Requeued(requeued=sorted(letter.id for letter in letters))
