"""The nightly housekeeping: write the plan, then batch by batch archive and remove."""

import gzip
from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.operations.retention import Batch, Due, plan, remove
from shared.platform import blobs, clock, db, exact_json
from shared.platform.log import Log
from shared.platform.sql import queries

log = Log("operations.housekeeping")

OPERATIONS = queries("operations")
CONTAINER = "archive"


class RetentionRun(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    started_at: datetime
    plan: dict[str, Any]
    removed: dict[str, int]
    completed_at: datetime | None
    requested_by: str


def keep_house(requested_by: str, *, seconds: float) -> int:
    """Remove what is past its time, for so long at most; returns the number of the run.

    What goes is in the archive first: a batch's blob is written before its transaction commits, so
    that a kill between the two archives rows twice and loses none.
    """
    deadline = monotonic() + seconds
    with db.transaction() as conn:
        due = [one for one in plan(conn) if one.rows]
        begin = OPERATIONS["begin_retention"]
        run = int(db.value(conn, begin, plan=_said(due), requested_by=requested_by))
    log.info("housekeeping planned", run=run, **{one.category.name: one.rows for one in due})
    for one in due:
        while monotonic() < deadline and _batch(run, one):
            pass
    with db.transaction() as conn:
        db.execute(conn, OPERATIONS["end_retention"], id=run)
    return run


def list_runs(conn: Connection, *, after: int | None, limit: int) -> list[RetentionRun]:
    """The newest first."""
    return db.many(conn, OPERATIONS["list_retention_runs"], RetentionRun, after=after, limit=limit)


def _batch(run: int, due: Due) -> int:
    name = due.category.name
    with db.transaction() as conn:
        batch = remove(conn, due.category, due.before)
        if batch.rows:
            db.execute(conn, OPERATIONS["add_removed"], id=run, category=name, rows=batch.rows)
            _archive(run, name, batch)
    return batch.rows


def _archive(run: int, category: str, batch: Batch) -> None:
    now = clock.now()
    lines = b"\n".join(exact_json.dumps(row) for row in batch.archive)
    folder = f"{now:%Y/%m/%d}/{category.replace(' ', '-')}"
    blobs.put(CONTAINER, f"{folder}/{run}-{now:%H%M%S%f}.ndjson.gz", gzip.compress(lines))


def _said(due: Sequence[Due]) -> str:
    told = {one.category.name: {"rows": one.rows, "before": one.before} for one in due}
    return exact_json.dumps(told).decode()
