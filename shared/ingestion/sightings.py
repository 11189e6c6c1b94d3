"""What a full run saw of the catalogue, what it did not, and taking that off sale: the queries."""

from datetime import datetime
from uuid import UUID

from psycopg import Connection

from shared.ingestion.model import Band, Run, SweepState
from shared.ingestion.queries import PAGES, RUNS
from shared.platform import db


def count_active(conn: Connection, *, feed: str) -> int:
    active: int = db.value(conn, RUNS["count_active"], feed=feed)
    return active


def count_sightings(conn: Connection, *, run_id: UUID) -> int:
    seen: int = db.value(conn, RUNS["count_sightings"], run_id=run_id)
    return seen


def count_unseen(conn: Connection, *, run_id: UUID, feed: str) -> int:
    unseen: int = db.value(conn, RUNS["count_unseen"], run_id=run_id, feed=feed)
    return unseen


def emptiest_band(
    conn: Connection, *, run_id: UUID, feed: str, most_bands: int, least_stones: int
) -> Band | None:
    return db.find(
        conn,
        RUNS["emptiest_band"],
        Band,
        run_id=run_id,
        feed=feed,
        most_bands=most_bands,
        least_stones=least_stones,
    )


def was_sighted(conn: Connection, *, run_id: UUID, diamond_id: UUID) -> bool:
    seen: bool = db.value(conn, PAGES["was_sighted"], run_id=run_id, diamond_id=diamond_id)
    return seen


def approve_sweep(
    conn: Connection, *, run_id: UUID, sweep: SweepState, sweep_reason: str, removed: int
) -> Run | None:
    return db.find(
        conn,
        RUNS["approve_sweep"],
        Run,
        run_id=run_id,
        sweep=sweep,
        sweep_reason=sweep_reason,
        removed=removed,
    )


def sweep_unseen(conn: Connection, *, run_id: UUID, feed: str) -> int:
    removed: int = db.value(conn, RUNS["sweep_unseen"], run_id=run_id, feed=feed)
    return removed


def drop_sightings(conn: Connection, *, feed: str, captured_at: datetime) -> None:
    db.execute(conn, RUNS["drop_sightings"], feed=feed, captured_at=captured_at)
