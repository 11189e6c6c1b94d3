"""What suppliers said of a stone, word for word, now and before, and how it differs."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from shared.access.model import Scope
from shared.ingestion import alterations, versions
from shared.platform import exact_json
from shared.platform.db import request_transaction

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
LARGEST_ID = 2**63 - 1


class Compared(Asked):
    """Without `from` and `to`: the payload on file, with the one before it."""

    from_version: int | None = Field(default=None, alias="from", ge=1, le=LARGEST_ID)
    to_version: int | None = Field(default=None, alias="to", ge=1, le=LARGEST_ID)


class PayloadHeader(Answer):
    version: int | None
    """None: the one on file."""
    run_id: UUID
    """The run that brought it."""
    source_updated_at: datetime | None
    """By the supplier's own clock."""
    told_at: datetime
    replaced_at: datetime | None


class PayloadView(PayloadHeader):
    payload: str
    """As the supplier sent it."""


class Payloads(Answer):
    data: list[PayloadView]


class AlterationView(Answer):
    path: str
    """Where in the payload it stands."""
    was: str
    """What was sent, shortened."""
    action: str | None
    """`left out`, `taken as ...`, or `quarantined`; null for what an old mapping noted."""
    reason: str | None
    """Of what was quarantined."""


class Alterations(Answer):
    data: list[AlterationView]


class PayloadDifference(Answer):
    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any
    after: Any


class PayloadComparison(Answer):
    earlier: PayloadHeader
    later: PayloadHeader
    differences: list[PayloadDifference]


class OnePayloadComparison(Answer):
    data: PayloadComparison


@bp.route("v2/diamonds/{diamond_id}/payloads", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def list_payloads(call: Call[Nothing]) -> Payloads:
    """What the supplier says of a stone, then the last few things it said before."""
    call.demand(Scope.COSTS_READ)
    with request_transaction() as conn:
        told = versions.list_told(conn, call.id("diamond_id"))
    return Payloads(data=[PayloadView.model_validate(one) for one in told])


@bp.route("v2/diamonds/{diamond_id}/alterations", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def list_alterations(call: Call[Nothing]) -> Alterations:
    """Every value of a stone's listing that did not become what was sent, and what was done."""
    call.demand(Scope.COSTS_READ)
    with request_transaction() as conn:
        found = alterations.list_alterations(conn, call.id("diamond_id"))
    return Alterations(data=[AlterationView.model_validate(one) for one in found])


@bp.route("v2/diamonds/{diamond_id}/payloads/diff", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=Compared)
def compare_payloads(call: Call[Compared]) -> OnePayloadComparison:
    """Place by place, what was added, removed and changed between two payloads of a stone."""
    call.demand(Scope.COSTS_READ)
    asked = call.asked
    with request_transaction() as conn:
        told = versions.list_told(conn, call.id("diamond_id"))
    earlier, later = versions.between(told, asked.from_version, asked.to_version)
    found = versions.differences(exact_json.loads(earlier.payload), exact_json.loads(later.payload))
    return OnePayloadComparison(
        data=PayloadComparison(
            earlier=PayloadHeader.model_validate(earlier),
            later=PayloadHeader.model_validate(later),
            differences=[PayloadDifference.model_validate(one) for one in found],
        )
    )
