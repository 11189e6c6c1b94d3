"""What of a supplier's payloads is not as it was: new fields, changed types."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.drift import queries
from shared.drift.model import Drifted, Type
from shared.platform.db import request_transaction, transaction
from shared.platform.setting_groups import TypeChanges

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
LARGEST_ID = 2**63 - 1


class DriftList(Asked):
    feed: str | None = Field(default=None, max_length=100)
    open: bool = False
    """Only what nobody has acknowledged."""
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class AcknowledgeDrift(Asked):
    ids: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(min_length=1, max_length=1_000)


class DriftView(Answer):
    id: int
    feed: str
    path: str
    """Elements of an array share one: `images[].url`."""
    type: Type
    drift: Drifted
    types_before: list[str]
    sample: str
    """Shortened; nothing that may be about a person is shown."""
    policy: TypeChanges
    """What was done about it when it came."""
    run_id: UUID
    """The run that saw it first."""
    first_seen_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class Acknowledged(Answer):
    data: list[DriftView]


class Drifts(Answer):
    data: list[DriftView]
    pagination: Page


@bp.route("v2/payload-drift", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=DriftList)
def list_payload_drift(call: Call[DriftList]) -> Drifts:
    """New fields and changed types, of all feeds or one, the newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_drift(
            conn,
            feed=asked.feed,
            unseen=asked.open,
            before=number(asked.cursor),
            limit=asked.limit + 1,
        )
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return Drifts(data=[DriftView.model_validate(one) for one in shown], pagination=page)


@bp.route("v2/payload-drift/acknowledge", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, body=AcknowledgeDrift)
def acknowledge_payload_drift(call: Call[AcknowledgeDrift]) -> Acknowledged:
    """Accept it: a type that was kept off is from now on as good as the one before."""
    with transaction() as conn:
        actor = call.caller.client_name
        found = queries.acknowledge_drift(conn, ids=call.asked.ids, actor=actor)
    return Acknowledged(data=[DriftView.model_validate(one) for one in found])
