"""One function per query of sql/queries/runs.sql and consolidation.sql."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Json

from shared.feeds.model import PriceRange
from shared.ingestion.model import (
    Batch,
    Ledger,
    OpenPartition,
    Partition,
    Phase,
    Progress,
    Run,
    RunStatus,
    RunType,
    SweepState,
)
from shared.platform import db
from shared.platform.sql import queries
from shared.reapply import standing

RUNS = queries("runs")
PAGES = queries("pages")
CONSOLIDATION = queries("consolidation")


def insert_run(
    conn: Connection,
    *,
    run_id: UUID,
    feed: str,
    provider: str,
    run_type: RunType,
    requested_by: str,
    watermark_before: datetime | None,
    read_from: datetime | None,
    captured_at: datetime,
    within: PriceRange | None = None,
) -> Run:
    return db.get(
        conn,
        RUNS["insert_run"],
        Run,
        run_id=run_id,
        feed=feed,
        provider=provider,
        run_type=run_type,
        requested_by=requested_by,
        watermark_before=watermark_before,
        read_from=read_from,
        captured_at=captured_at,
        range_low=within.low if within else None,
        range_high=within.high if within else None,
    )


def find_run(conn: Connection, *, run_id: UUID) -> Run | None:
    return db.find(conn, RUNS["find_run"], Run, run_id=run_id)


def lock_run(conn: Connection, *, run_id: UUID) -> Run | None:
    return db.find(conn, RUNS["lock_run"], Run, run_id=run_id)


def find_open_run(conn: Connection, *, provider: str) -> Run | None:
    return db.find(conn, RUNS["find_open_run"], Run, provider=provider)


def list_open_runs(conn: Connection, *, older_than_seconds: float) -> list[Run]:
    return db.many(conn, RUNS["list_open_runs"], Run, older_than_seconds=older_than_seconds)


def take_over_run(conn: Connection, *, run_id: UUID, attempt: int) -> Run | None:
    return db.find(conn, RUNS["take_over_run"], Run, run_id=run_id, attempt=attempt)


def list_runs(
    conn: Connection,
    *,
    feed: str | None,
    status: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Run]:
    started_at, run_id = before or (None, None)
    return db.many(
        conn,
        RUNS["list_runs"],
        Run,
        feed=feed,
        status=status,
        before_started_at=started_at,
        before_run_id=run_id,
        limit=limit,
    )


def superseding_run(conn: Connection, *, run_id: UUID) -> UUID | None:
    found: UUID | None = db.value(conn, RUNS["superseding_run"], run_id=run_id)
    return found


def plan_run(conn: Connection, *, run_id: UUID, expected: int, count_calls: int) -> bool:
    """Whether the run still was to be planned."""
    planned = db.execute(
        conn, RUNS["plan_run"], run_id=run_id, expected=expected, count_calls=count_calls
    )
    return bool(planned)


def insert_partitions(
    conn: Connection,
    *,
    run_id: UUID,
    lows: Sequence[Decimal],
    highs: Sequence[Decimal | None],
    expected: Sequence[int],
) -> None:
    db.execute(
        conn,
        RUNS["insert_partitions"],
        run_id=run_id,
        lows=list(lows),
        highs=list(highs),
        expected=list(expected),
    )


def list_partitions(conn: Connection, *, run_id: UUID) -> list[Partition]:
    return db.many(conn, RUNS["list_partitions"], Partition, run_id=run_id)


def find_partition(conn: Connection, *, run_id: UUID, partition_id: str) -> OpenPartition | None:
    return db.find(
        conn, RUNS["find_partition"], OpenPartition, run_id=run_id, partition_id=partition_id
    )


def begin_partition(conn: Connection, *, run_id: UUID, partition_id: str) -> int | None:
    """The number of the attempt that began, if one did."""
    attempt: int | None = db.value(
        conn, RUNS["begin_partition"], run_id=run_id, partition_id=partition_id
    )
    return attempt


def end_partition(
    conn: Connection, *, run_id: UUID, partition_id: str, status: str, error: str | None
) -> bool:
    """Whether the partition still was running."""
    ended = db.value(
        conn,
        RUNS["end_partition"],
        run_id=run_id,
        partition_id=partition_id,
        status=status,
        error=error,
    )
    return ended is not None


def stop_partitions(conn: Connection, *, run_id: UUID, reason: str) -> int:
    stopped: int = db.value(conn, RUNS["stop_partitions"], run_id=run_id, reason=reason)
    return stopped


def insert_catch_up(conn: Connection, *, run_id: UUID) -> bool:
    """Whether a catch-up was due and is there now."""
    return db.value(conn, RUNS["insert_catch_up"], run_id=run_id) is not None


def begin_grace(conn: Connection, *, run_id: UUID) -> float:
    """Seconds since the grace period began."""
    seconds: float = db.value(conn, RUNS["begin_grace"], run_id=run_id)
    return seconds


def requeue_due_partitions(
    conn: Connection, *, run_id: UUID, first_wait_seconds: float, grace_seconds: float
) -> int:
    requeued: int = db.value(
        conn,
        RUNS["requeue_due_partitions"],
        run_id=run_id,
        first_wait_seconds=first_wait_seconds,
        grace_seconds=grace_seconds,
    )
    return requeued


def requeue_partitions(conn: Connection, *, run_id: UUID, partition_id: str | None) -> int:
    requeued: int = db.value(
        conn, RUNS["requeue_partitions"], run_id=run_id, partition_id=partition_id
    )
    return requeued


def reopen_run(conn: Connection, *, run_id: UUID, forced_by: str | None = None) -> Run | None:
    return db.find(conn, RUNS["reopen_run"], Run, run_id=run_id, forced_by=forced_by)


def request_cancel(conn: Connection, *, run_id: UUID) -> Run | None:
    return db.find(conn, RUNS["request_cancel"], Run, run_id=run_id)


def refuse_run(conn: Connection, *, run_id: UUID, reason: str) -> None:
    db.execute(conn, RUNS["refuse_run"], run_id=run_id, reason=reason)


def run_progress(conn: Connection, *, run_id: UUID) -> Progress:
    return db.get(conn, RUNS["run_progress"], Progress, run_id=run_id)


def run_ledger(conn: Connection, *, run_id: UUID) -> Ledger:
    return db.get(conn, RUNS["run_ledger"], Ledger, run_id=run_id)


def enter_phase(conn: Connection, *, run_id: UUID, phase: Phase) -> None:
    db.execute(conn, RUNS["enter_phase"], run_id=run_id, phase=phase)


def add_consolidated(conn: Connection, *, run_id: UUID, batch: Batch) -> None:
    db.execute(
        conn,
        RUNS["add_consolidated"],
        run_id=run_id,
        inserted=batch.inserted,
        updated=batch.updated,
        resurrected=batch.resurrected,
        untouched=batch.untouched,
    )


def close_run(
    conn: Connection,
    *,
    run_id: UUID,
    status: RunStatus,
    removed: int,
    sweep: SweepState,
    sweep_reason: str | None,
    proof: dict[str, Any],
    doubts: list[dict[str, Any]],
    active_after: int,
    error: str | None,
) -> Run | None:
    return db.find(
        conn,
        RUNS["close_run"],
        Run,
        run_id=run_id,
        status=status,
        removed=removed,
        sweep=sweep,
        sweep_reason=sweep_reason,
        proof=Json(proof),
        doubts=Json(doubts),
        active_after=active_after,
        error=error,
    )


def record_watermark(conn: Connection, *, run_id: UUID) -> None:
    db.execute(conn, RUNS["record_watermark"], run_id=run_id)


def bump_dataset_version(conn: Connection, *, feed: str) -> int:
    version: int = db.value(conn, RUNS["bump_dataset_version"], feed=feed)
    return version


def analyze_catalogue(conn: Connection) -> None:
    db.execute(conn, RUNS["analyze_catalogue"])


def consolidate_batch(
    conn: Connection, *, feed: str, limit: int, run_id: UUID | None = None
) -> Batch:
    """By the rule sets that are active, and stay so until the transaction ends."""
    standing.share(conn)
    rules = standing.standing(conn)
    query = rules.complete(CONSOLIDATION["consolidate_batch"])
    return db.get(conn, query, Batch, feed=feed, limit=limit, run_id=run_id, **rules.params)


def queue_relisted(conn: Connection, *, run_id: UUID) -> None:
    db.execute(conn, CONSOLIDATION["queue_relisted"], run_id=run_id)


def count_queued(conn: Connection, *, feed: str) -> int:
    queued: int = db.value(conn, CONSOLIDATION["count_queued"], feed=feed)
    return queued
