"""Looking at a run from outside: time to consolidate, to wait, to heal, or to give up."""

from uuid import UUID

from psycopg import Connection

from shared.ingestion import news, planning, queries
from shared.ingestion.model import Progress
from shared.ingestion.settlement import Verdict, judge
from shared.platform import db
from shared.platform.setting_groups import Ingest
from shared.platform.settings import settings

RETRIES_IN_GRACE = 8
"""The first automatic retry comes after this part of the grace period; each later one doubles."""


def assess_run(run_id: UUID) -> tuple[Verdict, list[int]]:
    """Judge the run, and say which partitions are still open.

    Adds the catch-up of a full run when the rest is done, gives failed partitions another attempt
    while the grace period lasts, and stops stragglers when the run goes on without them.
    """
    with db.transaction() as conn:
        verdict = _judged(conn, run_id, settings().ingest)
        if verdict.decision != "wait":
            queries.stop_partitions(conn, run_id=run_id, reason=f"stopped: {verdict.reason}")
            verdict = _refused_meanwhile(conn, run_id) or verdict
            news.partitions_ended(conn, run_id)
        if verdict.decision in ("complete", "partial"):
            queries.enter_phase(conn, run_id=run_id, phase="consolidating")
            queries.queue_relisted(conn, run_id=run_id)
        return verdict, planning.open_partitions(conn, run_id)


def _refused_meanwhile(conn: Connection, run_id: UUID) -> Verdict | None:
    """By a page that was written while the run was looked at; now no other can be."""
    progress = queries.run_progress(conn, run_id=run_id)
    refused = progress.refused and not (progress.forced or progress.cancelled)
    return Verdict("failed", progress.refused or "") if refused else None


def _judged(conn: Connection, run_id: UUID, ingest: Ingest) -> Verdict:
    progress = queries.run_progress(conn, run_id=run_id)
    if _all_done(progress) and queries.insert_catch_up(conn, run_id=run_id):
        progress = queries.run_progress(conn, run_id=run_id)
    waited = _healing(conn, run_id, ingest) if _ended_short(progress) else 0
    if waited:
        progress = queries.run_progress(conn, run_id=run_id)
    return judge(
        progress,
        threshold=ingest.completion_threshold,
        grace_seconds=ingest.grace_seconds,
        waited_seconds=waited,
    )


def _all_done(progress: Progress) -> bool:
    return progress.completed == progress.partitions and not progress.cancelled


def _ended_short(progress: Progress) -> bool:
    over = progress.cancelled or progress.forced or progress.refused
    return bool(progress.failed) and not (progress.open or over)


def _healing(conn: Connection, run_id: UUID, ingest: Ingest) -> float:
    """Seconds into the grace period; in it and at its end, failed partitions are tried again."""
    waited = queries.begin_grace(conn, run_id=run_id)
    if ingest.grace_seconds:
        first_wait = max(ingest.retry_seconds, ingest.grace_seconds / RETRIES_IN_GRACE)
        queries.requeue_due_partitions(
            conn,
            run_id=run_id,
            first_wait_seconds=first_wait,
            grace_seconds=ingest.grace_seconds,
        )
    return max(waited, 0.001)
