"""One function per query of sql/queries/notifications.sql."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

from shared.notifications.model import DeadLetter, ErrorLog, Message
from shared.platform import db
from shared.platform.payload import Payload
from shared.platform.sql import queries

NOTIFICATIONS = queries("notifications")


def put_messages(
    conn: Connection,
    *,
    destinations: Sequence[str],
    category: str,
    incident_key: str,
    feed: str | None,
    payload: Payload,
    wait_seconds: float = 0,
) -> None:
    db.execute(
        conn,
        NOTIFICATIONS["put_messages"],
        destinations=list(destinations),
        category=category,
        incident_key=incident_key,
        feed=feed,
        payload=Json(payload.model_dump(mode="json")),
        wait_seconds=wait_seconds,
    )


def open_trouble(conn: Connection, *, feed: str, bad: Sequence[str], good: Sequence[str]) -> bool:
    trouble: bool = db.value(
        conn, NOTIFICATIONS["open_trouble"], feed=feed, bad=list(bad), good=list(good)
    )
    return trouble


def claim_message(
    conn: Connection, *, destinations: Sequence[str], lease_seconds: float
) -> Message | None:
    return db.find(
        conn,
        NOTIFICATIONS["claim_message"],
        Message,
        destinations=list(destinations),
        lease_seconds=lease_seconds,
    )


def mark_sent(conn: Connection, *, id: int, attempts: int) -> None:  # noqa: A002 - the column
    db.execute(conn, NOTIFICATIONS["mark_sent"], id=id, attempts=attempts)


def mark_failed(
    conn: Connection,
    *,
    id: int,  # noqa: A002 - the column
    attempts: int,
    error: str,
    wait_seconds: float,
    final: bool,
) -> None:
    db.execute(
        conn,
        NOTIFICATIONS["mark_failed"],
        id=id,
        attempts=attempts,
        error=error,
        wait_seconds=wait_seconds,
        final=final,
    )


def list_messages(
    conn: Connection,
    *,
    destination: str | None,
    status: str | None,
    before: int | None,
    limit: int,
) -> list[Message]:
    return db.many(
        conn,
        NOTIFICATIONS["list_messages"],
        Message,
        destination=destination,
        status=status,
        before=before,
        limit=limit,
    )


def prune_messages(conn: Connection, *, days: int) -> int:
    return db.execute(conn, NOTIFICATIONS["prune_messages"], days=days)


def record_error(
    conn: Connection, *, service: str, fingerprint: str, message: str, context: Mapping[str, Any]
) -> None:
    db.execute(
        conn,
        NOTIFICATIONS["record_error"],
        service=service,
        fingerprint=fingerprint,
        message=message,
        context=Json(dict(context)),
    )


def list_errors(
    conn: Connection, *, service: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[ErrorLog]:
    last_seen, fingerprint = before or (None, None)
    return db.many(
        conn,
        NOTIFICATIONS["list_errors"],
        ErrorLog,
        service=service,
        before_last_seen=last_seen,
        before_fingerprint=fingerprint,
        limit=limit,
    )


def bury_message(
    conn: Connection, *, queue: str, message_id: str, body: str, reason: str, deliveries: int
) -> None:
    db.execute(
        conn,
        NOTIFICATIONS["bury_message"],
        queue=queue,
        message_id=message_id,
        body=body,
        reason=reason,
        deliveries=deliveries,
    )


def list_dead_letters(
    conn: Connection, *, queue: str, after: int | None, limit: int
) -> list[DeadLetter]:
    return db.many(
        conn,
        NOTIFICATIONS["list_dead_letters"],
        DeadLetter,
        queue=queue,
        after=after,
        limit=limit,
    )


def take_dead_letters(
    conn: Connection, *, queue: str, ids: Sequence[int] | None, requeued_by: str
) -> list[DeadLetter]:
    return db.many(
        conn,
        NOTIFICATIONS["take_dead_letters"],
        DeadLetter,
        queue=queue,
        ids=None if ids is None else list(ids),
        requeued_by=requeued_by,
    )
