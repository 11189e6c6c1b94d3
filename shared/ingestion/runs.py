"""Opening, following, cancelling and retrying runs; the database decides every race."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from shared.feeds import registry
from shared.feeds.model import Feed, PriceRange
from shared.ingestion import news, quarantine, queries, sightings, watermark
from shared.ingestion.model import Run, RunType
from shared.platform import clock, db
from shared.platform.errors import Conflict, NotFound
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("ingestion.runs")

ONE_OPEN_RUN = "run_metadata_one_open_per_provider"


class RunInProgress(Conflict):
    """The provider is busy with a run."""

    code = "RUN_IN_PROGRESS"

    def __init__(self, busy: Run | None) -> None:
        self.busy = busy
        which = f"Run {busy.run_id} of feed {busy.feed}" if busy else "A run of the same provider"
        super().__init__(
            f"{which} is still open.", hint="Wait for it, cancel it, or follow it instead."
        )


class RunNotFound(NotFound):
    code = "RUN_NOT_FOUND"

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"There is no run {run_id}.")


class RunSuperseded(Conflict):
    code = "RUN_SUPERSEDED"
    hint = "Its stones have been read again since; start a new run instead."


class NothingToRetry(Conflict):
    code = "NOTHING_TO_RETRY"


class RunStillGoing(Conflict):
    code = "RUN_NOT_SHORT"


class NoSweepWaiting(Conflict):
    code = "NO_SWEEP_WAITING"


class RunNotOpen(Conflict):
    code = "RUN_NOT_OPEN"


def open_run(
    feed_name: str,
    run_type: RunType,
    *,
    requested_by: str,
    within: PriceRange | None = None,
    since: datetime | None = None,
) -> Run:
    """Open a run of a feed, or refuse because its provider is busy.

    `within` is the part of the price axis that a backfill reads, `since` from when on.
    """
    feed = registry.feed(feed_name)
    mark = watermark.read(feed.name)
    overlap = timedelta(minutes=settings().ingest.overlap_minutes)
    read_from = mark - overlap if mark and run_type == "incremental" else since
    try:
        with db.transaction() as conn:
            run = queries.insert_run(
                conn,
                run_id=uuid4(),
                feed=feed.name,
                provider=feed.provider,
                run_type=run_type,
                requested_by=requested_by,
                watermark_before=mark,
                read_from=read_from,
                captured_at=clock.now(),
                within=within,
            )
            news.started(conn, run)
            return run
    except psycopg.errors.UniqueViolation as error:
        raise _busy(error, feed.provider) from error


def refuse_beside_another(conn: Connection, feed: Feed) -> None:
    """A supplier that is read for one feed must not be asked for its other ones meanwhile."""
    busy = queries.find_open_run(conn, provider=feed.provider)
    if busy and busy.feed != feed.name:
        raise RunInProgress(busy)


def get_run(conn: Connection, run_id: UUID) -> Run:
    run = queries.find_run(conn, run_id=run_id)
    if run is None:
        raise RunNotFound(run_id)
    return run


def cancel_run(conn: Connection, run_id: UUID) -> Run:
    """Stop at the next page: nothing is swept, the watermark stays."""
    run = queries.request_cancel(conn, run_id=run_id)
    if run is None:
        raise RunNotOpen(f"Run {run_id} is {get_run(conn, run_id).status} and cannot be cancelled.")
    return run


def retry_run(run_id: UUID, partition_id: str | None) -> tuple[Run, bool]:
    """Give a run's failed partitions another attempt from their saved offsets.

    Says, too, whether the run was closed and now needs a new orchestration.
    """
    try:
        with db.transaction() as conn:
            return _reopened(conn, run_id, partition_id)
    except psycopg.errors.UniqueViolation as error:
        with db.transaction() as conn:
            provider = get_run(conn, run_id).provider
        raise _busy(error, provider) from error


def force_run(run_id: UUID, *, forced_by: str) -> Run:
    """Go on with what was read although it was too little; it sweeps nothing."""
    with db.transaction() as conn:
        run = get_run(conn, run_id)
    try:
        with db.transaction() as conn:
            reopened = queries.reopen_run(conn, run_id=run_id, forced_by=forced_by)
    except psycopg.errors.UniqueViolation as error:
        raise _busy(error, run.provider) from error
    if reopened is None:
        raise RunStillGoing(f"Run {run_id} is {run.status}; only one that ended short is forced.")
    log.warning("run forced", run_id=run_id, by=forced_by)
    return reopened


def decide_sweep(conn: Connection, run_id: UUID, *, approve: bool, decided_by: str) -> Run:
    """Let a waiting sweep happen, or drop it for good."""
    run = queries.lock_run(conn, run_id=run_id)
    if run is None:
        raise RunNotFound(run_id)
    if run.sweep != "waiting":
        raise NoSweepWaiting(f"The sweep of run {run_id} is {run.sweep}, not waiting.")
    later = queries.superseding_run(conn, run_id=run_id)
    if approve and later:
        raise RunSuperseded(f"Run {later} of the same feed completed after run {run_id}.")
    removed = sightings.sweep_unseen(conn, run_id=run_id, feed=run.feed) if approve else 0
    if removed:
        queries.bump_dataset_version(conn, feed=run.feed)
    quarantine.settle(conn, feed=run.feed, run_id=run_id, swept=approve)
    sightings.drop_sightings(conn, feed=run.feed, captured_at=run.captured_at)
    decided = sightings.approve_sweep(
        conn,
        run_id=run_id,
        sweep="approved" if approve else "rejected",
        sweep_reason=f"{run.sweep_reason}; decided by {decided_by}",
        removed=removed,
    )
    news.decided(conn, decided or run)
    return decided or run


def _reopened(conn: Connection, run_id: UUID, partition_id: str | None) -> tuple[Run, bool]:
    run = queries.lock_run(conn, run_id=run_id)
    if run is None:
        raise RunNotFound(run_id)
    later = queries.superseding_run(conn, run_id=run_id)
    if later:
        raise RunSuperseded(f"Run {later} of the same feed completed after run {run_id}.")
    if not queries.requeue_partitions(conn, run_id=run_id, partition_id=partition_id):
        which = f"partition {partition_id}" if partition_id else "no partition"
        raise NothingToRetry(f"{which} of run {run_id} has failed.".capitalize())
    reopened = queries.reopen_run(conn, run_id=run_id)
    return reopened or run, reopened is not None


def _busy(error: psycopg.errors.UniqueViolation, provider: str) -> Exception:
    if not db.violated(error, ONE_OPEN_RUN):
        return error
    with db.transaction() as conn:
        return RunInProgress(queries.find_open_run(conn, provider=provider))
