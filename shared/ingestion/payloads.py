"""What crosses between the ingest's orchestrators and activities."""

from typing import Literal
from uuid import UUID

from shared.ingestion.model import FROM_STORED, Run, RunStatus
from shared.ingestion.settlement import Decision
from shared.platform.payload import Payload
from shared.platform.setting_groups import Ingest


class Driven(Payload):
    """How an orchestrator repeats its steps; settings travel with it, it reads none itself."""

    run_id: UUID
    retry_seconds: int
    attempts: int


class IngestRun(Driven):
    """How to drive a run."""

    check_seconds: int
    consolidation_workers: int
    from_raw: bool = False
    """Map again what is stored instead of asking the supplier."""

    @classmethod
    def with_settings(cls, run: Run, ingest: Ingest) -> "IngestRun":
        return cls(
            run_id=run.run_id,
            from_raw=run.run_type in FROM_STORED,
            retry_seconds=ingest.retry_seconds,
            attempts=ingest.attempts,
            check_seconds=min(30, max(1, ingest.grace_seconds)),
            consolidation_workers=ingest.consolidation_workers,
        )


class PlanRun(Payload):
    run_id: UUID


class RunPlanned(Payload):
    open: list[int]
    """Numbers of the partitions that still have pages to fetch."""


class IngestPartition(Driven):
    partition_id: str


class IngestPages(Payload):
    run_id: UUID
    partition_id: str


class PagesIngested(Payload):
    state: Literal["more", "completed", "failed", "stopped"]


class RestageFeed(Payload):
    run_id: UUID
    after: str | None = None
    """How far earlier steps came."""


class FeedRestaged(Payload):
    after: str | None
    """Where to go on; None when everything is done."""


class ScanFeed(Payload):
    scan_id: UUID
    feed: str
    retry_seconds: int
    attempts: int


class ScanAxis(Payload):
    scan_id: UUID
    feed: str


class AxisScanned(Payload):
    stones: int
    count_calls: int


class FailPartition(Payload):
    run_id: UUID
    partition_id: str
    reason: str


class PartitionFailed(Payload):
    partition_id: str


class AssessRun(Payload):
    run_id: UUID


class RunAssessed(Payload):
    decision: Decision
    reason: str
    open: list[int]
    """Numbers of the partitions that still have pages to fetch."""


class ConsolidateFeed(Driven):
    """One of several workers that empty the queue of a run's feed."""


class Consolidate(Payload):
    run_id: UUID


class Consolidated(Payload):
    waiting: int


class CloseRun(Payload):
    run_id: UUID
    status: RunStatus
    reason: str | None


class RunClosed(Payload):
    status: RunStatus


class PublishWatermark(Payload):
    run_id: UUID


class WatermarkPublished(Payload):
    run_id: UUID


class IngestReport(Payload):
    """What the orchestration answers with; the figures are in the run's row."""

    run_id: UUID
    status: RunStatus
