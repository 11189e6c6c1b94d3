"""One function per query of sql/queries/reapply.sql."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Json

from shared.platform import db
from shared.platform.sql import queries
from shared.reapply.model import Job, Progress, Span, Trigger
from shared.reapply.standing import Standing
from shared.rules.book import Kind

SQL = queries("reapply")


def insert_job(
    conn: Connection,
    *,
    id: UUID,  # noqa: A002 - the column's name
    kind: Kind,
    rule_set_version: int,
    previous_version: int | None,
    trigger_type: Trigger,
    rule_id: UUID | None,
    rule_snapshot: dict[str, Any] | None,
    requested_by: str,
    reason: str,
) -> Job:
    return db.get(
        conn,
        SQL["insert_job"],
        Job,
        id=id,
        kind=kind,
        rule_set_version=rule_set_version,
        previous_version=previous_version,
        trigger_type=trigger_type,
        rule_id=rule_id,
        rule_snapshot=Json(rule_snapshot) if rule_snapshot else None,
        requested_by=requested_by,
        reason=reason,
    )


def find_job(conn: Connection, *, kind: Kind, job_id: UUID) -> Job | None:
    return db.find(conn, SQL["find_job"], Job, kind=kind, id=job_id)


def find_open_job(conn: Connection, *, kind: Kind) -> Job | None:
    return db.find(conn, SQL["find_open_job"], Job, kind=kind)


def list_jobs(conn: Connection, *, kind: Kind, limit: int) -> list[Job]:
    return db.many(conn, SQL["list_jobs"], Job, kind=kind, limit=limit)


def hold_job(conn: Connection, *, job_id: UUID, attempt: int) -> Job | None:
    return db.find(conn, SQL["hold_job"], Job, id=job_id, attempt=attempt)


def advance_job(conn: Connection, *, job_id: UUID, progress: Progress) -> None:
    db.execute(conn, SQL["advance_job"], id=job_id, **progress.model_dump())


def complete_job(conn: Connection, *, job_id: UUID, attempt: int) -> Job | None:
    return db.find(conn, SQL["complete_job"], Job, id=job_id, attempt=attempt)


def fail_job(conn: Connection, *, job_id: UUID, attempt: int, error: str) -> Job | None:
    return db.find(conn, SQL["fail_job"], Job, id=job_id, attempt=attempt, error=error)


def cancel_job(conn: Connection, *, kind: Kind, job_id: UUID) -> Job | None:
    return db.find(conn, SQL["cancel_job"], Job, kind=kind, id=job_id)


def resume_job(conn: Connection, *, job_id: UUID, attempt: int) -> Job | None:
    return db.find(conn, SQL["resume_job"], Job, id=job_id, attempt=attempt)


def take_over_job(conn: Connection, *, job_id: UUID, attempt: int) -> Job | None:
    return db.find(conn, SQL["take_over_job"], Job, id=job_id, attempt=attempt)


def turn_back_job(conn: Connection, *, kind: Kind, job_id: UUID) -> Job | None:
    return db.find(conn, SQL["turn_back_job"], Job, kind=kind, id=job_id)


def list_jobs_to_watch(conn: Connection, *, quiet_seconds: float) -> list[Job]:
    return db.many(conn, SQL["list_jobs_to_watch"], Job, quiet_seconds=quiet_seconds)


def bump_datasets(conn: Connection, *, feeds: Sequence[str]) -> None:
    db.execute(conn, SQL["bump_datasets"], feeds=list(feeds))


def scheduled_boundary(conn: Connection, *, kind: Kind, at: datetime) -> datetime | None:
    boundary: datetime | None = db.value(conn, SQL["scheduled_boundary"], kind=kind, at=at)
    return boundary


def next_stones(conn: Connection, *, after: UUID | None, limit: int) -> Span | None:
    return db.find(conn, SQL["next_stones"], Span, after=after, limit=limit)


def next_changes(conn: Connection, *, job_id: UUID, after: UUID | None, limit: int) -> Span | None:
    return db.find(conn, SQL["next_changes"], Span, job_id=job_id, after=after, limit=limit)


def reprice_batch(
    conn: Connection,
    rules: Standing,
    *,
    origin: str,
    origin_id: UUID | None,
    span: Span | None = None,
    ids: Sequence[UUID] | None = None,
) -> Progress:
    """Of a span of stones, or of those named."""
    where = {
        "first": span and span.first,
        "last": span and span.last,
        "ids": list(ids) if ids is not None else None,
    }
    query = rules.complete(SQL["reprice_batch"])
    return db.get(
        conn, query, Progress, origin=origin, origin_id=origin_id, **where, **rules.params
    )


def rerate_batch(conn: Connection, rules: Standing, *, job_id: UUID, span: Span) -> Progress:
    query = rules.complete(SQL["rerate_batch"])
    version = rules.rating_version
    return db.get(
        conn, query, Progress, origin_id=job_id, rating_version=version, **span.model_dump()
    )


def unprice_batch(conn: Connection, *, job_id: UUID, span: Span, at: datetime) -> Progress:
    return db.get(conn, SQL["unprice_batch"], Progress, job_id=job_id, at=at, **span.model_dump())


def unrate_batch(conn: Connection, *, job_id: UUID, version: int, span: Span) -> Progress:
    return db.get(
        conn, SQL["unrate_batch"], Progress, job_id=job_id, version=version, **span.model_dump()
    )
