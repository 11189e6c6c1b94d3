"""Incidents: what only a person can decide about a purchase, with the evidence and the choices."""

from datetime import datetime
from typing import Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.platform.db import request_transaction
from shared.purchases import deciding, queries

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class IncidentList(Asked):
    open: bool | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class DecideIncident(Asked):
    """`supplierOrderId` belongs to the action `ordered`."""

    action: str = Field(max_length=50)
    note: str | None = Field(default=None, max_length=1_000)
    supplier_order_id: str | None = Field(default=None, alias="supplierOrderId", max_length=200)


class IncidentView(Answer):
    id: int
    kind: str
    purchase_id: UUID | None
    subject: str
    summary: str
    evidence: dict[str, Any]
    allowed_actions: list[str]
    opened_at: datetime
    action: str | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None


class OneIncident(Answer):
    data: IncidentView


class Incidents(Answer):
    data: list[IncidentView]
    pagination: Page


@bp.route("v2/incidents", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, query=IncidentList)
def list_incidents(call: Call[IncidentList]) -> Incidents:
    """What waits, or waited, for a person's decision, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_incidents(
            conn, open_only=asked.open, before=number(asked.cursor), limit=asked.limit + 1
        )
    page_of, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return Incidents(data=[IncidentView.model_validate(one) for one in page_of], pagination=page)


@bp.route("v2/incidents/{incident_id}/decide", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, body=DecideIncident, path={"incident_id": int})
def decide_incident(call: Call[DecideIncident]) -> OneIncident:
    """Take one of the allowed actions; the purchase goes on from there."""
    asked = call.asked
    decided = deciding.decide(
        call.path["incident_id"],
        asked.action,
        decided_by=call.caller.client_name,
        note=asked.note,
        supplier_order_id=asked.supplier_order_id,
    )
    return OneIncident(data=IncidentView.model_validate(decided))
