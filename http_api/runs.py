"""Ingest runs: start, follow, cancel, retry."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, model_validator

from http_api.endpoint import Asked, Call, Moment, Nothing, Start, endpoint, starter
from http_api.payload_drift import DriftView
from http_api.run_views import (
    OneRun,
    OneRunDetail,
    PartitionView,
    RuleHitsView,
    RunDetail,
    RunPage,
    Runs,
    RunView,
    SettledView,
    SummaryView,
)
from shared.access.model import Scope
from shared.drift import queries as drift
from shared.feeds.model import PriceRange
from shared.ingestion import quarantine, queries, runs
from shared.ingestion.model import Run, RunStatus, RunType
from shared.ingestion.payloads import IngestRun
from shared.ingestion.summary import summarise
from shared.platform import cursor
from shared.platform.db import request_transaction, transaction
from shared.platform.settings import settings
from shared.quality import queries as quality

bp = df.Blueprint()

INGEST_RUN = "ingest_run"

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class StartRun(Asked):
    """A backfill reads a part: a stretch of the price axis, or what changed since a moment.

    The axis is in the feed's unit; both may be given.
    """

    feed: str = "demo"
    type: RunType = "full"
    price_min: Price | None = Field(default=None, alias="priceMin")
    price_below: Price | None = Field(default=None, alias="priceBelow")
    updated_from: Moment | None = Field(default=None, alias="updatedFrom")

    @model_validator(mode="after")
    def range_belongs_to_a_backfill(self) -> Self:
        part = self.price_min is not None or self.updated_from is not None
        if (self.type == "backfill") != part:
            raise ValueError(
                "a backfill needs priceMin or updatedFrom, and nothing else takes them"
            )
        if self.price_below is not None and self.price_min is None:
            raise ValueError("priceBelow needs priceMin")
        if self.price_below is not None and self.price_below <= (self.price_min or 0):
            raise ValueError("priceBelow must be above priceMin")
        return self

    @property
    def within(self) -> PriceRange | None:
        return None if self.price_min is None else PriceRange(self.price_min, self.price_below)


class ForceRun(Asked):
    force: Literal[True]
    """Said out loud: what was read is consolidated although it was too little."""


class DecideSweep(Asked):
    approve: bool


class RetryRun(Asked):
    """All failed partitions, or the one named."""

    partition_id: str | None = Field(default=None, alias="partitionId", pattern=r"^partition-\d+$")


class RunList(Asked):
    feed: str | None = None
    status: RunStatus | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200)


@bp.route("v2/runs", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RUNS_WRITE, body=StartRun, status=202)
def start_run(call: Call[StartRun]) -> Start[OneRun]:
    """Open a run of a feed and start it; 409 while its provider is busy."""
    asked = call.asked
    run = runs.open_run(
        asked.feed,
        asked.type,
        requested_by=call.caller.client_name,
        within=asked.within,
        since=asked.updated_from,
    )
    return _started(run)


@bp.route("v2/runs/{run_id}/retry", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RUNS_WRITE, body=RetryRun, status=202)
def retry_run(call: Call[RetryRun]) -> Start[OneRun] | OneRun:
    """Give failed partitions another attempt from their saved offsets."""
    asked = call.asked
    run, reopened = runs.retry_run(call.id("run_id"), asked.partition_id)
    return _started(run) if reopened else OneRun(data=RunView.model_validate(run))


@bp.route("v2/runs/{run_id}/consolidate", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RUNS_WRITE, body=ForceRun, status=202)
def force_run(call: Call[ForceRun]) -> Start[OneRun]:
    """Consolidate what a run that ended short has read; nothing is swept."""
    return _started(runs.force_run(call.id("run_id"), forced_by=call.caller.client_name))


@bp.route("v2/runs/{run_id}/sweep", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, body=DecideSweep)
def decide_sweep(call: Call[DecideSweep]) -> OneRun:
    """Approve or reject a sweep that would have removed too much by itself."""
    asked = call.asked
    with transaction() as conn:
        run = runs.decide_sweep(
            conn, call.id("run_id"), approve=asked.approve, decided_by=call.caller.client_name
        )
    return OneRun(data=RunView.model_validate(run))


@bp.route("v2/runs/{run_id}/cancel", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, status=202)
def cancel_run(call: Call[Nothing]) -> OneRun:
    """Stop a run at its next page; nothing is swept, the watermark stays."""
    with transaction() as conn:
        run = runs.cancel_run(conn, call.id("run_id"))
    return OneRun(data=RunView.model_validate(run))


@bp.route("v2/runs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=RunList)
def list_runs(call: Call[RunList]) -> Runs:
    """Runs, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_runs(
            conn,
            feed=asked.feed,
            status=asked.status,
            before=_place(asked.cursor) if asked.cursor else None,
            limit=asked.limit + 1,
        )
    shown, more = found[: asked.limit], len(found) > asked.limit
    page = RunPage(
        limit=asked.limit, has_more=more, next_cursor=_cursor(shown[-1]) if more else None
    )
    return Runs(data=[RunView.model_validate(run) for run in shown], pagination=page)


@bp.route("v2/runs/{run_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def get_run(call: Call[Nothing]) -> OneRunDetail:
    """A run with its partitions, counts and ledger."""
    with request_transaction() as conn:
        run = runs.get_run(conn, call.id("run_id"))
        partitions = queries.list_partitions(conn, run_id=run.run_id)
        summary = summarise(conn, run)
        settled = quarantine.count_resolved(conn, run_id=run.run_id)
        hits = quality.list_run_hits(conn, run_id=run.run_id)
        drifted = drift.list_run_drift(conn, run_id=run.run_id)
    detail = RunDetail(
        **RunView.model_validate(run).model_dump(),
        summary=SummaryView.model_validate(summary),
        settled=SettledView(**{one.resolution: one.listings for one in settled}),
        quality=[RuleHitsView(rule=one.text, **one.model_dump()) for one in hits],
        drift=[DriftView.model_validate(one) for one in drifted],
        doubts=run.doubts,
        partitions=[PartitionView.model_validate(part) for part in partitions],
    )
    return OneRunDetail(data=detail)


def _started(run: Run) -> Start[OneRun]:
    return Start(
        orchestrator=INGEST_RUN,
        instance_id=run.instance_id,
        request=IngestRun.with_settings(run, settings().ingest),
        answer=OneRun(data=RunView.model_validate(run)),
    )


def _cursor(run: Run) -> str:
    return cursor.encode([run.started_at.isoformat(), str(run.run_id)])


def _place(text: str) -> tuple[datetime, UUID]:
    started_at, run_id = cursor.decode(text, 2)
    try:
        return datetime.fromisoformat(str(started_at)), UUID(run_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise cursor.bad("not made by this API") from error
