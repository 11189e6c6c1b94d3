"""For those who operate the sale of stones: what is due, and whether the books agree."""

from datetime import datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from shared.access.model import Scope
from shared.deadlines import service as deadlines
from shared.platform.db import request_transaction
from shared.purchases import reconciliation

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class Some(Asked):
    limit: int = Field(default=20, ge=1, le=100)


class DeadlineView(Answer):
    kind: str
    subject: str
    due_at: datetime
    default_action: str
    escalated_at: datetime | None


class Deadlines(Answer):
    data: list[DeadlineView]


class ReconciliationView(Answer):
    """`unchecked` purchases are those whose partners did not answer."""

    id: int
    ran_at: datetime
    since: datetime
    purchases: int
    mismatches: list[dict[str, Any]]
    unchecked: int


class OneReconciliation(Answer):
    data: ReconciliationView


class Reconciliations(Answer):
    data: list[ReconciliationView]


@bp.route("v2/deadlines", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, query=Some)
def list_deadlines(call: Call[Some]) -> Deadlines:
    """What is still to happen, the nearest first, and what happens if nobody acts."""
    with request_transaction() as conn:
        found = deadlines.upcoming(conn, limit=call.asked.limit)
    return Deadlines(data=[DeadlineView.model_validate(one) for one in found])


@bp.route("v2/reconciliations", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, query=Some)
def list_reconciliations(call: Call[Some]) -> Reconciliations:
    """What the latest comparisons of payments, orders and suppliers found."""
    with request_transaction() as conn:
        found = reconciliation.latest(conn, limit=call.asked.limit)
    return Reconciliations(data=[ReconciliationView.model_validate(one) for one in found])


@bp.route("v2/reconciliations", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, status=201, once="steps")
def reconcile_now(call: Call[Nothing]) -> OneReconciliation:  # noqa: ARG001 - every handler takes the call
    """Compare now, as every night."""
    return OneReconciliation(data=ReconciliationView.model_validate(reconciliation.reconcile()))
