"""What a run has to say to people and to queues, in the transaction in which it happens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from shared.drift.model import Drift
from shared.ingestion import queries
from shared.ingestion.messages import WORK_DONE, PartitionEnded
from shared.ingestion.model import Partition, Run
from shared.notifications import error_logs, outbox
from shared.notifications.model import Category, Notice, Posted

TITLES: dict[Category, str] = {
    "run_started": "Run started",
    "run_completed": "Run completed",
    "run_partial": "Run completed in part",
    "run_failed": "Run failed",
    "run_cancelled": "Run cancelled",
    "run_skipped": "Nightly run skipped",
    "run_stalled": "Run had stalled and goes on",
    "run_recovered": "Run completed: the feed has recovered",
    "sweep_waiting": "A sweep waits for your decision",
    "sweep_decided": "Sweep decided",
    "feed_stale": "No run was completed for long",
    "payload_drift": "A supplier's payloads have changed",
}

MOST_SHOWN = 10
"""Of what drifted; the rest is on the run's page."""


def started(conn: Connection, run: Run) -> None:
    _tell(conn, "run_started", run, f"A {run.run_type} run, asked for by {run.requested_by}.")


def closed(conn: Connection, run: Run) -> None:
    """How the run ended; a completed one ends its feed's trouble."""
    text = run.error or run.sweep_reason or "No incident."
    match run.status:
        case "completed" if outbox.in_trouble(conn, run.feed):
            _tell(conn, "run_recovered", run, text)
        case "completed":
            _tell(conn, "run_completed", run, text)
        case "partial":
            _tell(conn, "run_partial", run, text)
        case "cancelled":
            _tell(conn, "run_cancelled", run, text)
        case "failed":
            error_logs.record(conn, "run", text, run_id=run.run_id, feed=run.feed)
            _tell(conn, "run_failed", run, text)
    if run.sweep == "waiting":
        _tell(conn, "sweep_waiting", run, run.sweep_reason or "")


def stalled(conn: Connection, run: Run) -> None:
    _tell(conn, "run_stalled", run, f"Its orchestration died; attempt {run.attempt} goes on.")


def decided(conn: Connection, run: Run) -> None:
    _tell(conn, "sweep_decided", run, f"{run.sweep}: {run.sweep_reason}")


def skipped(conn: Connection, feed: str, night: str, reason: str) -> None:
    notice = Notice(
        category="run_skipped",
        incident_key=f"{feed}:run_skipped:{night}",
        feed=feed,
        title=TITLES["run_skipped"],
        text=reason,
    )
    outbox.tell(conn, notice)


def stale(conn: Connection, feed: str, last: datetime, hours: int) -> None:
    """Once for every completed run that nothing followed."""
    notice = Notice(
        category="feed_stale",
        incident_key=f"{feed}:feed_stale:{last.isoformat()}",
        feed=feed,
        title=f"{TITLES['feed_stale']}: {feed}",
        text=f"The last one ended at {last:%Y-%m-%d %H:%M} UTC, more than {hours} hours ago.",
    )
    outbox.tell(conn, notice)


def drifted(conn: Connection, run_id: UUID, found: Sequence[Drift]) -> None:
    """What one writing noticed, in one message."""
    if not found:
        return
    shown = [one.text for one in found[:MOST_SHOWN]]
    more = [f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    first = found[0]
    notice = Notice(
        category="payload_drift",
        incident_key=f"{first.feed}:payload_drift:{first.id}",
        feed=first.feed,
        title=f"{TITLES['payload_drift']}: {first.feed}",
        text="\n".join(shown + more),
        facts={"run": str(run_id), "changes": str(len(found))},
    )
    outbox.tell(conn, notice)


def partition_failed(conn: Connection, run_id: UUID, partition_id: str, reason: str) -> None:
    error_logs.record(conn, "partition", reason, run_id=run_id, partition=partition_id)
    partitions_ended(conn, run_id, partition_id)


def partitions_ended(conn: Connection, run_id: UUID, only: str | None = None) -> None:
    """Announce partitions whose attempt is over: all, or the one named."""
    for part in queries.list_partitions(conn, run_id=run_id):
        if not part.is_open and only in (None, part.partition_id):
            _announce(conn, part)


def _announce(conn: Connection, part: Partition) -> None:
    ended = PartitionEnded(
        run_id=part.run_id,
        partition_id=part.partition_id,
        attempt=part.attempt,
        status=part.status,
        fetched=part.fetched,
    )
    outbox.post(
        conn,
        Posted(queue=WORK_DONE, body=ended.model_dump_json(by_alias=True)),
        category="partition_ended",
        key=f"{WORK_DONE}:{part.run_id}:{part.partition_id}:{part.attempt}",
    )


def _tell(conn: Connection, category: Category, run: Run, text: str) -> None:
    notice = Notice(
        category=category,
        incident_key=f"{run.feed}:{category}:{run.run_id}",
        feed=run.feed,
        title=f"{TITLES[category]}: {run.feed}",
        text=text,
        facts=_facts(run),
    )
    outbox.tell(conn, notice)


def _facts(run: Run) -> dict[str, str]:
    figures = {
        "new": run.inserted,
        "updated": run.updated,
        "removed": run.removed,
        "active": run.active_after,
    }
    ended = {name: f"{figure:,}" for name, figure in figures.items() if figure is not None}
    base = {"run": str(run.run_id), "type": run.run_type, "attempt": str(run.attempt)}
    return base if run.status == "running" else base | ended
