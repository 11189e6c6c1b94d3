"""What the API shows of a run: its counts, its partitions, what it caught and what it settled."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from http_api.endpoint import Answer
from http_api.payload_drift import DriftView
from shared.feeds.doubts import Doubt
from shared.ingestion.model import RunStatus, RunType
from shared.quality.model import Effect


class RunView(Answer):
    run_id: UUID
    feed: str
    type: RunType
    status: RunStatus
    phase: str
    attempt: int
    requested_by: str
    forced_by: str | None
    range_low: Decimal | None
    range_high: Decimal | None
    cancel_requested_at: datetime | None
    watermark_before: datetime | None
    watermark_after: datetime | None
    read_from: datetime | None
    captured_at: datetime
    expected: int | None
    count_calls: int
    sweep: str
    sweep_reason: str | None
    error: str | None
    started_at: datetime
    completed_at: datetime | None


class PartitionView(Answer):
    partition_id: str
    range_low: Decimal
    range_high: Decimal | None
    status: str
    attempt: int
    expected: int
    next_offset: int
    pages: int
    rewinds: int
    fetched: int
    new: int
    changed: int
    unchanged: int
    duplicate: int
    quarantined: int
    error: str | None
    updated_at: datetime


class SummaryView(Answer):
    feed: str
    type: RunType
    status: RunStatus
    fetched: int
    new: int
    changed: int
    unchanged: int
    duplicate: int
    quarantined: int
    active: int
    removed: int
    inserted: int
    updated: int
    resurrected: int
    partitions: int
    largest_partition: int
    smallest_partition: int
    waiting: int
    seconds: float
    balanced: bool


class RuleHitsView(Answer):
    """A rule of data quality that the run began with, and what it caught of new and changed."""

    rule_id: UUID
    rule: str
    effect: Effect
    listings: int
    example: str | None
    """One of the stones, by the supplier's id."""


class SettledView(Answer):
    """Listings that left the quarantine by this run."""

    moved: int = 0
    """On file now."""
    superseded: int = 0
    """A newer listing of the stone was read."""
    gone: int = 0
    """A full run no longer found the stone."""


class RunDetail(RunView):
    summary: SummaryView
    settled: SettledView
    quality: list[RuleHitsView]
    drift: list[DriftView]
    """What of its payloads was not as in earlier runs, and was first seen by this one."""
    doubts: list[Doubt] | None
    """What the feed's mapping did not understand, as this run left it; none before its end."""
    partitions: list[PartitionView]


class OneRun(Answer):
    data: RunView


class OneRunDetail(Answer):
    data: RunDetail


class RunPage(Answer):
    limit: int
    has_more: bool
    next_cursor: str | None


class Runs(Answer):
    data: list[RunView]
    pagination: RunPage
