"""Looking at a run from outside: time to consolidate, to wait, or to give up."""

from uuid import UUID

from shared.ingestion import planning, queries
from shared.ingestion.settlement import Verdict, judge
from shared.platform import db
from shared.platform.settings import settings


def assess_run(run_id: UUID) -> tuple[Verdict, list[int]]:
    """Judge the run, and say which partitions are still open.

    When it goes on without its stragglers, they are stopped at their next page.
    """
    ingest = settings().ingest
    with db.transaction() as conn:
        verdict = judge(
            queries.run_progress(conn, run_id=run_id),
            threshold=ingest.completion_threshold,
            grace_seconds=ingest.grace_seconds,
        )
        if verdict.decision != "wait":
            queries.stop_partitions(conn, run_id=run_id, reason=f"stopped: {verdict.reason}")
        if verdict.decision in ("complete", "partial"):
            queries.enter_phase(conn, run_id=run_id, phase="consolidating")
        return verdict, planning.open_partitions(conn, run_id)
