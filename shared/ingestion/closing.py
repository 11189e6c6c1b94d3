"""Ending a run: the books, the proof, the sweep, the watermark."""

from dataclasses import asdict
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from psycopg import Connection

from shared.feeds import registry
from shared.feeds.doubts import count_doubts
from shared.feeds.model import FeedQuery, PriceRange
from shared.ingestion import news, quarantine, queries, runs, sightings, watermark
from shared.ingestion.model import Band, Partition, Run, RunStatus
from shared.ingestion.settlement import Evidence, Sweep, judge_sweep
from shared.platform import db
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("ingestion.closing")

MUCH = 0.1
BANDS = 20
LEAST_STONES_IN_BAND = 100


def close_run(run_id: UUID, status: RunStatus, reason: str | None) -> Run:
    """End the run; a completed full one sweeps if its proof allows. Safe to repeat."""
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
    if run.status != "running":
        return run
    recount = _recount(run) if status == "completed" and run.run_type == "full" else 0
    with db.transaction() as conn:
        closed = _closed(conn, run, status, reason, recount)
    _analyze_after_much(closed)
    log.info(
        "run closed",
        run_id=run_id,
        feed=closed.feed,
        type=closed.run_type,
        status=closed.status,
        active_before=closed.active_before,
        active_after=closed.active_after,
        removed=closed.removed,
        sweep=closed.sweep,
        reason=closed.error or closed.sweep_reason,
    )
    return closed


def _analyze_after_much(run: Run) -> None:
    """A catalogue that changed by a tenth is planned wrongly until it is analysed."""
    moved = run.inserted + run.updated + run.resurrected + run.removed
    if moved > MUCH * (run.active_after or 0):
        with db.transaction() as conn:
            queries.analyze_catalogue(conn)


def publish_watermark(run_id: UUID) -> None:
    """Let a completed run's watermark out, then drop the sightings nobody needs any more.

    A backfill read only a part, and what maps stored listings nothing: neither moves the watermark.
    """
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
    if run.status != "completed" or run.run_type not in ("full", "incremental"):
        return
    watermark.advance(run)
    with db.transaction() as conn:
        queries.record_watermark(conn, run_id=run_id)
        if run.sweep != "waiting":
            sightings.drop_sightings(conn, feed=run.feed, captured_at=run.captured_at)


def _recount(run: Run) -> int:
    """Ask the supplier once more how many stones it has."""
    feed = registry.feed(run.feed)
    return feed.count(FeedQuery(run.read_from), [PriceRange(Decimal(0), None)])[0]


def _closed(conn: Connection, run: Run, status: RunStatus, reason: str | None, recount: int) -> Run:
    locked = queries.lock_run(conn, run_id=run.run_id)
    if locked is None or locked.status != "running":
        return locked or run
    evidence = _evidence(conn, run, recount)
    sweep = _judged(evidence, status)
    removed = 0
    if sweep.state == "done":
        removed = sightings.sweep_unseen(conn, run_id=run.run_id, feed=run.feed)
    if removed:
        queries.bump_dataset_version(conn, feed=run.feed)
    quarantine.settle(conn, feed=run.feed, run_id=run.run_id, swept=sweep.state == "done")
    closed = queries.close_run(
        conn,
        run_id=run.run_id,
        status=status,
        removed=removed,
        sweep=sweep.state,
        sweep_reason=sweep.reason,
        proof=asdict(evidence),
        doubts=[doubt.model_dump() for doubt in count_doubts(conn, feed=run.feed)],
        active_after=sightings.count_active(conn, feed=run.feed),
        error=reason or locked.refused,
    )
    news.closed(conn, closed or run)
    return closed or run


def _judged(evidence: Evidence, status: RunStatus) -> Sweep:
    if status != "completed":
        return Sweep("not_due", f"a {status} run never sweeps")
    ingest = settings().ingest
    return judge_sweep(evidence, tolerance=ingest.recount_tolerance, limit=ingest.sweep_limit)


def _evidence(conn: Connection, run: Run, recount: int) -> Evidence:
    full = run.run_type == "full"  # no other ever sweeps
    unseen = sightings.count_unseen(conn, run_id=run.run_id, feed=run.feed) if full else 0
    band = _emptiest_band(conn, run) if unseen else None
    return Evidence(
        run_type=run.run_type,
        tiled=tiles(queries.list_partitions(conn, run_id=run.run_id)),
        sightings=sightings.count_sightings(conn, run_id=run.run_id),
        recount=recount,
        active_before=run.active_before,
        unseen=unseen,
        band=f"from {band.low} to {band.high} {band.unit}" if band else "",
        band_stones=band.stones if band else 0,
        band_unseen=band.unseen if band else 0,
    )


def _emptiest_band(conn: Connection, run: Run) -> Band | None:
    return sightings.emptiest_band(
        conn, run_id=run.run_id, feed=run.feed, most_bands=BANDS, least_stones=LEAST_STONES_IN_BAND
    )


def tiles(partitions: list[Partition]) -> bool:
    """Whether the ranges cover the axis from zero up without a gap, open-ended at the top."""
    ranges = [part.range for part in partitions if part.updated_from is None]
    if not ranges or ranges[0].low != 0 or ranges[-1].high is not None:
        return False
    return all(left.high == right.low for left, right in pairwise(ranges))
