"""Runs, partitions and their books, as the database has them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.feeds.doubts import Doubt
from shared.feeds.model import PriceRange

RunType = Literal["full", "incremental", "backfill", "reconsolidate", "replay"]
FROM_STORED: tuple[RunType, ...] = ("reconsolidate", "replay")
"""Runs that map again what is stored and ask no supplier."""
RunStatus = Literal["running", "completed", "partial", "failed", "cancelled"]
Phase = Literal["counting", "fetching", "consolidating", "closing", "closed"]
PartitionStatus = Literal["pending", "running", "completed", "failed"]
SweepState = Literal["not_due", "done", "refused", "waiting", "approved", "rejected"]


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Run(Row):
    run_id: UUID
    feed: str
    provider: str
    run_type: RunType
    status: RunStatus
    phase: Phase
    attempt: int
    cancel_requested_at: datetime | None
    requested_by: str
    forced_by: str | None
    refused: str | None = None
    """Which rule of data quality stopped it, and at which stone."""
    range_low: Decimal | None
    range_high: Decimal | None
    watermark_before: datetime | None
    read_from: datetime | None
    captured_at: datetime
    watermark_after: datetime | None
    expected: int | None
    count_calls: int
    active_before: int
    active_after: int | None
    inserted: int
    updated: int
    resurrected: int
    untouched: int
    removed: int
    sweep: SweepState
    sweep_reason: str | None
    proof: dict[str, Any]
    doubts: list[Doubt] | None
    """What the feed's mapping did not understand, as this run left it; none before its end."""
    error: str | None
    started_at: datetime
    attempt_started_at: datetime
    consolidation_started_at: datetime | None
    consolidation_completed_at: datetime | None
    completed_at: datetime | None

    @property
    def type(self) -> RunType:
        return self.run_type

    @property
    def instance_id(self) -> str:
        """The orchestration that drives this attempt at the run."""
        return f"ingest-{self.run_id}-{self.attempt}"


class Partition(Row):
    run_id: UUID
    partition_id: str
    range_low: Decimal
    range_high: Decimal | None
    expected: int
    next_offset: int
    anchor: str | None
    updated_from: datetime | None
    """Set for the catch-up only."""
    rewinds: int
    status: PartitionStatus
    attempt: int
    error: str | None
    pages: int
    fetched: int
    new: int
    changed: int
    unchanged: int
    duplicate: int
    quarantined: int
    updated_at: datetime

    @property
    def number(self) -> int:
        return int(self.partition_id.removeprefix("partition-"))

    @property
    def is_open(self) -> bool:
        return self.status in ("pending", "running")

    @property
    def range(self) -> PriceRange:
        return PriceRange(self.range_low, self.range_high)


class OpenPartition(Partition):
    """A partition with what its pages need to know of the run."""

    feed: str
    read_from: datetime | None
    run_is_open: bool


class Progress(Row):
    """Where a run stands, from its partitions alone."""

    run_id: UUID
    cancelled: bool
    forced: bool
    refused: str | None = None
    """Which rule stopped it, and at which stone."""
    partitions: int
    completed: int
    failed: int
    open: int
    quiet_seconds: float
    """Since any partition last moved."""


class Ledger(Row):
    """Everything a run fetched, sorted by what became of it."""

    partitions: int
    largest_partition: int
    smallest_partition: int
    pages: int
    fetched: int
    new: int
    changed: int
    unchanged: int
    duplicate: int
    quarantined: int

    @property
    def balanced(self) -> bool:
        accounted = self.new + self.changed + self.unchanged + self.duplicate + self.quarantined
        return self.fetched == accounted


class Band(Row):
    """A stretch of prices, and how many of its active stones a run did not see."""

    unit: str
    low: Decimal | None
    high: Decimal | None
    stones: int
    unseen: int


class Batch(Row):
    """What one consolidated batch did to the catalogue."""

    taken: int
    inserted: int
    updated: int
    resurrected: int
    priced: int
    held: int
    """Kept their old price, because the new one is too far from it."""
    unpriced: int
    """Quarantined: the rules make no price of them."""

    @property
    def untouched(self) -> int:
        return self.taken - self.inserted - self.updated - self.resurrected

    @property
    def wrote(self) -> bool:
        return bool(self.inserted or self.updated or self.resurrected or self.priced)


class KnownHash(Row):
    supplier_stone_id: str
    payload_hash: bytes | None
    """None when a sweep had found the stone gone."""
    source_updated_at: datetime | None
