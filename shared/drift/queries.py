"""One function per query of sql/queries/drift.sql."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection

from shared.drift.model import Drift, Field, Known
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("drift")


def list_fields(conn: Connection, *, feed: str) -> list[Known]:
    return db.many(conn, SQL["list_fields"], Known, feed=feed)


def is_baseline(conn: Connection, *, feed: str, run_id: UUID) -> bool:
    baseline: bool = db.value(conn, SQL["is_baseline"], feed=feed, run_id=run_id)
    return baseline


def insert_fields(
    conn: Connection, *, feed: str, run_id: UUID, fields: Sequence[Field]
) -> list[Drift]:
    """Those that drifted, and that nobody else has kept."""
    return db.many(
        conn,
        SQL["insert_fields"],
        Drift,
        feed=feed,
        run_id=run_id,
        paths=[field.place.path for field in fields],
        types=[field.place.type for field in fields],
        samples=[field.sample for field in fields],
        drifts=[field.drift for field in fields],
        types_before=[",".join(field.types_before) for field in fields],
        policies=[field.policy for field in fields],
    )


def list_drift(
    conn: Connection, *, feed: str | None, unseen: bool, before: int | None, limit: int
) -> list[Drift]:
    """The newest first."""
    return db.many(
        conn, SQL["list_drift"], Drift, feed=feed, open=unseen, before_id=before, limit=limit
    )


def list_run_drift(conn: Connection, *, run_id: UUID) -> list[Drift]:
    return db.many(conn, SQL["list_run_drift"], Drift, run_id=run_id)


def acknowledge_drift(conn: Connection, *, ids: Sequence[int], actor: str) -> list[Drift]:
    """Those that there are, the newest first."""
    return db.many(conn, SQL["acknowledge_drift"], Drift, ids=list(ids), actor=actor)
