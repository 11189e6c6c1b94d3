"""What suppliers sent that cannot be a stone, with the reason."""

from datetime import datetime

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from shared.access.model import Scope
from shared.ingestion import quarantine
from shared.platform import cursor
from shared.platform.db import request_transaction

bp = df.Blueprint()


class QuarantineList(Asked):
    feed: str | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class QuarantineItem(Answer):
    id: int
    feed: str
    supplier_stone_id: str | None
    field: str
    reason: str
    payload: str | None
    """As the supplier sent it; null to who may not see costs, for it says what the stone costs."""
    mapper_version: int
    seen: int
    first_seen_at: datetime
    last_seen_at: datetime


class QuarantinePage(Answer):
    limit: int
    has_more: bool
    next_cursor: str | None


class Quarantine(Answer):
    data: list[QuarantineItem]
    pagination: QuarantinePage


@bp.route("v2/quarantine", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=QuarantineList)
def list_quarantine(call: Call[QuarantineList]) -> Quarantine:
    """What still waits, newest first; a run of type replay maps it again."""
    asked = call.asked
    before = _place(asked.cursor) if asked.cursor else None
    with request_transaction() as conn:
        found = quarantine.list_waiting(conn, feed=asked.feed, before=before, limit=asked.limit + 1)
    shown, more = found[: asked.limit], len(found) > asked.limit
    following = cursor.encode([str(shown[-1].id)]) if more else None
    return Quarantine(
        data=[_view(item, costs=call.caller.may(Scope.COSTS_READ)) for item in shown],
        pagination=QuarantinePage(limit=asked.limit, has_more=more, next_cursor=following),
    )


def _view(item: quarantine.QuarantineItem, *, costs: bool) -> QuarantineItem:
    return QuarantineItem.model_validate(item.model_dump() | ({} if costs else {"payload": None}))


def _place(text: str) -> int:
    (before,) = cursor.decode(text, 1)
    if not (before and before.isascii() and before.isdigit() and len(before) < 19):  # noqa: PLR2004 - a bigint
        raise cursor.bad("not made by this API")
    return int(before)
