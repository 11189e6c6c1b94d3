"""Watching over open runs: an orchestration may die, its run must not hang."""

from shared.ingestion import closing, news, queries
from shared.ingestion.model import Run
from shared.platform import db
from shared.platform.log import Log

log = Log("ingestion.watch")

SETTLING_SECONDS = 20
"""How long a fresh attempt may take to appear before it counts as dead."""
ALIVE = frozenset({"Running", "Pending", "Suspended", "ContinuedAsNew"})


def list_watched() -> list[Run]:
    with db.transaction() as conn:
        return queries.list_open_runs(conn, older_than_seconds=SETTLING_SECONDS)


def taken_over(run: Run, orchestration: str | None) -> Run | None:
    """The run's next attempt, if the orchestration of this one is gone.

    One that somebody terminated by hand was meant to end: its run is cancelled.
    """
    if orchestration in ALIVE:
        return None
    if orchestration in ("Terminated", "Canceled"):
        closing.close_run(run.run_id, "cancelled", "its orchestration was terminated")
        return None
    with db.transaction() as conn:
        fresh = queries.take_over_run(conn, run_id=run.run_id, attempt=run.attempt)
        if fresh:
            news.stalled(conn, fresh)
    if fresh:
        log.warning("run taken over", run_id=run.run_id, attempt=fresh.attempt, was=orchestration)
    return fresh
