"""Housekeeping: what would go now, and what went."""

from datetime import datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.operations import housekeeping, retention
from shared.platform.db import request_transaction

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class RetentionRunList(Asked):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class DueView(Answer):
    category: str
    kept_days_setting: str
    before: datetime
    rows: int


class RetentionPlan(Answer):
    data: list[DueView]


class RetentionRunView(Answer):
    id: int
    started_at: datetime
    plan: dict[str, Any]
    removed: dict[str, int]
    completed_at: datetime | None
    requested_by: str


class RetentionRuns(Answer):
    data: list[RetentionRunView]
    pagination: Page


@bp.route("v2/retention/plan", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def get_retention_plan(call: Call[Nothing]) -> RetentionPlan:  # noqa: ARG001 - a handler
    """What the next housekeeping would remove; holds, purchases and audits never are."""
    with request_transaction() as conn:
        due = retention.plan(conn)
    return RetentionPlan(
        data=[
            DueView(
                category=one.category.name,
                kept_days_setting=f"RETENTION_{one.category.keeps.upper()}",
                before=one.before,
                rows=one.rows,
            )
            for one in due
        ]
    )


@bp.route("v2/retention/runs", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=RetentionRunList)
def list_retention_runs(call: Call[RetentionRunList]) -> RetentionRuns:
    """Past housekeeping with its plan and what it removed, the newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = housekeeping.list_runs(conn, after=number(asked.cursor), limit=asked.limit + 1)
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return RetentionRuns(
        data=[RetentionRunView.model_validate(run) for run in shown], pagination=page
    )
