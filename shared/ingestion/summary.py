"""A run in one flat record: what `./opus up --once` prints and operators read first."""

from psycopg import Connection

from shared.ingestion import queries, sightings
from shared.ingestion.model import Ledger, Row, Run, RunStatus, RunType
from shared.platform import clock


class Summary(Row):
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
    """Stones that still wait to be consolidated."""
    seconds: float
    balanced: bool
    """Every fetched stone is accounted for, and so is every change to the catalogue."""


def summarise(conn: Connection, run: Run) -> Summary:
    ledger = queries.run_ledger(conn, run_id=run.run_id)
    active = run.active_after
    if active is None:
        active = sightings.count_active(conn, feed=run.feed)
    return Summary(
        **ledger.model_dump(exclude={"pages"}),
        **run.model_dump(include={"feed", "status", "removed", "inserted", "updated"}),
        type=run.run_type,
        resurrected=run.resurrected,
        active=active,
        waiting=queries.count_queued(conn, feed=run.feed),
        seconds=round(((run.completed_at or clock.now()) - run.started_at).total_seconds(), 2),
        balanced=_balanced(run, ledger),
    )


def _balanced(run: Run, ledger: Ledger) -> bool:
    catalogue = run.active_before + run.inserted + run.resurrected - run.removed
    return ledger.balanced and run.active_after in (None, catalogue)
