"""The steps of the nightly ingest; each may run twice and changes nothing the second time."""

import azure.durable_functions as df

from shared.ingestion import (
    assessment,
    closing,
    consolidation,
    density,
    pages,
    planning,
    restaging,
)
from shared.ingestion.heatmap import EVERYTHING
from shared.ingestion.payloads import (
    AssessRun,
    AxisScanned,
    CloseRun,
    Consolidate,
    Consolidated,
    FailPartition,
    FeedRestaged,
    IngestPages,
    PagesIngested,
    PartitionFailed,
    PlanRun,
    PublishWatermark,
    RestageFeed,
    RunAssessed,
    RunClosed,
    RunPlanned,
    ScanAxis,
    WatermarkPublished,
)
from shared.platform.durable import activity

bp = df.Blueprint()


@activity(bp)
def plan_run(request: PlanRun) -> RunPlanned:
    """Scan the supplier's prices and write the run's partitions."""
    return RunPlanned(open=planning.plan_run(request.run_id))


@activity(bp)
def ingest_pages(request: IngestPages) -> PagesIngested:
    """Fetch and write a bounded number of pages of one partition."""
    return PagesIngested(state=pages.ingest_pages(request.run_id, request.partition_id))


@activity(bp)
def restage_feed(request: RestageFeed) -> FeedRestaged:
    """Map stored payloads again for a bounded time."""
    return FeedRestaged(after=restaging.restage(request.run_id, request.after))


@activity(bp)
def scan_axis(request: ScanAxis) -> AxisScanned:
    """Count where the supplier's stones are, and keep it."""
    scanned = planning.scan(request.feed, None, EVERYTHING)
    density.keep(request.scan_id, request.feed, "preview", scanned)
    return AxisScanned(stones=scanned.stones, count_calls=scanned.count_calls)


@activity(bp)
def fail_partition(request: FailPartition) -> PartitionFailed:
    """Give a partition up; its offset stays for a later attempt."""
    pages.fail_partition(request.run_id, request.partition_id, request.reason)
    return PartitionFailed(partition_id=request.partition_id)


@activity(bp)
def assess_run(request: AssessRun) -> RunAssessed:
    """Decide from the partitions whether to wait, consolidate or give up."""
    verdict, still_open = assessment.assess_run(request.run_id)
    return RunAssessed(decision=verdict.decision, reason=verdict.reason, open=still_open)


@activity(bp)
def consolidate(request: Consolidate) -> Consolidated:
    """Price, rate and write queued stones for a bounded time."""
    return Consolidated(waiting=consolidation.consolidate(request.run_id))


@activity(bp)
def close_run(request: CloseRun) -> RunClosed:
    """Balance the books, sweep if proven, end the run."""
    closed = closing.close_run(request.run_id, request.status, request.reason)
    return RunClosed(status=closed.status)


@activity(bp)
def publish_watermark(request: PublishWatermark) -> WatermarkPublished:
    """Move the watermark of a completed run."""
    closing.publish_watermark(request.run_id)
    return WatermarkPublished(run_id=request.run_id)
