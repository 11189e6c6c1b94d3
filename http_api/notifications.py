"""What people were told about runs and whether it reached them, and errors by what they are."""

from datetime import datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.notifications import queries
from shared.notifications.model import Destination, ErrorLog, Status
from shared.platform import cursor
from shared.platform.db import request_transaction

bp = df.Blueprint()


class NotificationList(Asked):
    """Announcements on queues are left out unless `destination` is `bus`."""

    destination: Destination | None = None
    status: Status | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class NotificationView(Answer):
    id: int
    destination: Destination
    category: str
    incident_key: str
    feed: str | None
    status: Status
    payload: dict[str, Any]
    attempts: int
    last_error: str | None
    next_attempt_at: datetime
    created_at: datetime
    sent_at: datetime | None
    given_up_at: datetime | None


class Notifications(Answer):
    data: list[NotificationView]
    pagination: Page


class ErrorList(Asked):
    service: str | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200)


class ErrorView(Answer):
    service: str
    fingerprint: str
    message: str
    """The latest of them; ids and numbers differ."""
    context: dict[str, Any]
    count: int
    first_seen: datetime
    last_seen: datetime


class Errors(Answer):
    data: list[ErrorView]
    pagination: Page


@bp.route("v2/notifications", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=NotificationList)
def list_notifications(call: Call[NotificationList]) -> Notifications:
    """Newest first, each with how its delivery stands."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_messages(
            conn,
            destination=asked.destination,
            status=asked.status,
            before=number(asked.cursor),
            limit=asked.limit + 1,
        )
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return Notifications(
        data=[NotificationView.model_validate(message) for message in shown], pagination=page
    )


@bp.route("v2/error-logs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=ErrorList)
def list_errors(call: Call[ErrorList]) -> Errors:
    """What went wrong, the latest first, with how often."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_errors(
            conn, service=asked.service, before=_place(asked.cursor), limit=asked.limit + 1
        )
    shown, page = cut(found, asked.limit, _place_of)
    return Errors(data=[ErrorView.model_validate(error) for error in shown], pagination=page)


def _place_of(error: ErrorLog) -> list[str]:
    return [error.last_seen.isoformat(), error.fingerprint]


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    last_seen, fingerprint = cursor.decode(text, 2)
    try:
        return datetime.fromisoformat(str(last_seen)), str(fingerprint)
    except ValueError as error:
        raise cursor.bad("not made by this API") from error
