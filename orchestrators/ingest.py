"""The nightly ingest as a Durable process: plan, fan out, judge, consolidate, close."""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from activities.ingestion import (
    assess_run,
    close_run,
    consolidate,
    fail_partition,
    ingest_pages,
    plan_run,
    publish_watermark,
    restage_feed,
    scan_axis,
)
from shared.ingestion.model import RunStatus
from shared.ingestion.payloads import (
    AssessRun,
    CloseRun,
    Consolidate,
    ConsolidateFeed,
    Driven,
    FailPartition,
    IngestPages,
    IngestPartition,
    IngestReport,
    IngestRun,
    PlanRun,
    PublishWatermark,
    RestageFeed,
    RunAssessed,
    ScanAxis,
    ScanFeed,
)
from shared.ingestion.settlement import Decision
from shared.platform.durable import Request, Result, Step, call, call_with_retry, child, received

bp = df.Blueprint()

INGEST_RUN = "ingest_run"
INGEST_PARTITION = "ingest_partition"
CONSOLIDATE_FEED = "consolidate_feed"
STEPS_PER_HISTORY = 20

STATUS: dict[Decision, RunStatus] = {
    "complete": "completed",
    "partial": "partial",
    "failed": "failed",
    "cancelled": "cancelled",
}

Context = df.DurableOrchestrationContext
Process = Generator[Any, Any, dict[str, Any] | None]


@bp.orchestration_trigger(context_name="context")
def ingest_run(context: Context) -> Process:
    """One attempt at one run; every step may repeat and finds what is already done."""
    run = received(context, IngestRun)
    try:
        if run.from_raw:
            yield from _restaged(context, run)
        verdict = yield from _fetched(context, run)
        if verdict.decision in ("complete", "partial"):
            yield from _consolidated(context, run)
        status = yield from _closed(context, run, STATUS[verdict.decision], verdict.reason)
    except Exception as error:  # noqa: BLE001 - what activities raise arrives as plain Exception
        status = yield from _closed(context, run, "failed", _said(error))
    yield from _retried(context, run, publish_watermark, PublishWatermark(run_id=run.run_id))
    return IngestReport(run_id=run.run_id, status=status).model_dump(mode="json")


@bp.orchestration_trigger(context_name="context")
def scan_feed(context: Context) -> Process:
    """A look at a supplier's price axis, apart from any run."""
    asked = received(context, ScanFeed)
    scanned = yield from call_with_retry(
        context,
        scan_axis,
        ScanAxis(scan_id=asked.scan_id, feed=asked.feed),
        every=timedelta(seconds=asked.retry_seconds),
        attempts=asked.attempts,
    )
    return scanned.model_dump(mode="json")


@bp.orchestration_trigger(context_name="context")
def ingest_partition(context: Context) -> Process:
    """One partition to its end; a failure is an outcome, so that it stays this partition's own."""
    part = received(context, IngestPartition)
    pages = IngestPages(run_id=part.run_id, partition_id=part.partition_id)
    try:
        for _ in range(STEPS_PER_HISTORY):
            ingested = yield from _retried(context, part, ingest_pages, pages)
            if ingested.state != "more":
                return ingested.model_dump(mode="json")
    except Exception as error:  # noqa: BLE001 - what activities raise arrives as plain Exception
        failed = FailPartition(reason=_said(error), **pages.model_dump())
        yield from _retried(context, part, fail_partition, failed)
        return {"state": "failed"}
    context.continue_as_new(part.model_dump(mode="json"))
    return None


@bp.orchestration_trigger(context_name="context")
def consolidate_feed(context: Context) -> Process:
    """One worker beside others: take batches until the queue is empty."""
    worker = received(context, ConsolidateFeed)
    for _ in range(STEPS_PER_HISTORY):
        done = yield from _retried(context, worker, consolidate, Consolidate(run_id=worker.run_id))
        if not done.waiting:
            return done.model_dump(mode="json")
    context.continue_as_new(worker.model_dump(mode="json"))
    return None


def _fetched(context: Context, run: IngestRun) -> Step[RunAssessed]:
    """Fan partitions out and look at them now and then, until there is a verdict."""
    planned = yield from _retried(context, run, plan_run, PlanRun(run_id=run.run_id))
    everyone = _fan_out(context, run, planned.open, 0)
    fan_outs, looked = 1, False
    while True:
        if looked or everyone is not None:
            yield from _a_while(context, run, everyone)
        verdict = yield from _assessed(context, run)
        looked = True
        if verdict.decision != "wait":
            break
        if verdict.open and _ended(everyone):  # a catch-up, or failed ones that are tried again
            everyone = _fan_out(context, run, verdict.open, fan_outs)
            fan_outs += 1
            looked = False
    if not _ended(everyone):
        yield everyone  # the stragglers: stopped, they end at their next page
    return verdict


def _restaged(context: Context, run: IngestRun) -> Generator[Any, Any, None]:
    request = RestageFeed(run_id=run.run_id)
    while True:
        done = yield from _retried(context, run, restage_feed, request)
        if done.after is None:
            return
        request = RestageFeed(run_id=run.run_id, after=done.after)


def _fan_out(context: Context, run: IngestRun, partitions: list[int], number: int) -> Any:
    children = [
        child(
            context,
            INGEST_PARTITION,
            IngestPartition(
                run_id=run.run_id,
                partition_id=f"partition-{partition}",
                retry_seconds=run.retry_seconds,
                attempts=run.attempts,
            ),
            instance_id=f"{context.instance_id}:{number}:{partition}",
        )
        for partition in partitions
    ]
    return context.task_all(children) if children else None


def _a_while(context: Context, run: IngestRun, everyone: Any) -> Generator[Any, Any, None]:
    """Until all partitions have ended, or the next look is due."""
    look: Any = context.create_timer(
        context.current_utc_datetime + timedelta(seconds=run.check_seconds)
    )
    if _ended(everyone):
        yield look
        return
    first = yield context.task_any([everyone, look])
    if first is not look:
        look.cancel()


def _ended(everyone: Any) -> bool:
    return everyone is None or bool(everyone.is_completed)


def _assessed(context: Context, run: IngestRun) -> Step[RunAssessed]:
    """A look that fails, say because the database is away, is a look to repeat."""
    try:
        return (yield from call(context, assess_run, AssessRun(run_id=run.run_id)))
    except Exception as error:  # noqa: BLE001 - what activities raise arrives as plain Exception
        return RunAssessed(decision="wait", reason=_said(error), open=[])


def _consolidated(context: Context, run: IngestRun) -> Generator[Any, Any, None]:
    worker = ConsolidateFeed(
        run_id=run.run_id, retry_seconds=run.retry_seconds, attempts=run.attempts
    )
    workers = [
        child(context, CONSOLIDATE_FEED, worker, instance_id=f"{context.instance_id}:c:{number}")
        for number in range(run.consolidation_workers)
    ]
    yield context.task_all(workers)


def _closed(context: Context, run: IngestRun, status: RunStatus, reason: str) -> Step[RunStatus]:
    said = None if status == "completed" else reason
    request = CloseRun(run_id=run.run_id, status=status, reason=said)
    closed = yield from _retried(context, run, close_run, request)
    return closed.status


def _retried(
    context: Context, driven: Driven, step: Callable[[Request], Result], request: Request
) -> Step[Result]:
    every = timedelta(seconds=driven.retry_seconds)
    return call_with_retry(context, step, request, every=every, attempts=driven.attempts)


def _said(error: Exception) -> str:
    """What an activity's failure says, without the host's JSON behind it."""
    return str(error).partition(" \n ")[0][:1_000]
