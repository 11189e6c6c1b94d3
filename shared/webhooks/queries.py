"""One function per query of sql/queries/webhooks.sql."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Json

from shared.platform import db
from shared.platform.sql import queries
from shared.webhooks.model import Delivery, Event, Letter, Target, Webhook

SQL = queries("webhooks")


def insert_webhook(
    conn: Connection, *, client_id: UUID, url: str, events: Sequence[Event], secret: str, most: int
) -> Webhook | None:
    return db.find(
        conn,
        SQL["insert_webhook"],
        Webhook,
        client_id=client_id,
        url=url,
        events=list(events),
        secret=secret,
        most=most,
    )


def find_webhook(conn: Connection, *, id: UUID, client_id: UUID) -> Webhook | None:  # noqa: A002 - the column
    return db.find(conn, SQL["find_webhook"], Webhook, id=id, client_id=client_id)


def list_webhooks(conn: Connection, *, client_id: UUID) -> list[Webhook]:
    return db.many(conn, SQL["list_webhooks"], Webhook, client_id=client_id)


def update_webhook(
    conn: Connection,
    webhook: Webhook,
    *,
    url: str | None,
    events: Sequence[Event] | None,
    enabled: bool | None,
) -> Webhook | None:
    return db.find(
        conn,
        SQL["update_webhook"],
        Webhook,
        id=webhook.id,
        client_id=webhook.client_id,
        url=url,
        events=None if events is None else list(events),
        enabled=enabled,
    )


def rotate_secret(conn: Connection, webhook: Webhook, *, secret: str, hours: int) -> Webhook | None:
    return db.find(
        conn,
        SQL["rotate_secret"],
        Webhook,
        id=webhook.id,
        client_id=webhook.client_id,
        secret=secret,
        hours=hours,
    )


def delete_webhook(conn: Connection, webhook: Webhook) -> Webhook | None:
    return db.find(conn, SQL["delete_webhook"], Webhook, id=webhook.id, client_id=webhook.client_id)


def put_deliveries(
    conn: Connection,
    *,
    event: Event,
    key: str,
    letter: Letter,
    client_id: UUID | None,
    only: UUID | None,
) -> int:
    return db.execute(
        conn,
        SQL["put_deliveries"],
        event=event,
        key=key,
        payload=Json(letter.model_dump()),
        client_id=client_id,
        only=only,
    )


def somebody_listens(conn: Connection, *, event: Event) -> bool:
    return bool(db.value(conn, SQL["somebody_listens"], event=event))


def get_target(conn: Connection, *, id: UUID) -> Target | None:  # noqa: A002 - the column
    return db.find(conn, SQL["get_target"], Target, id=id)


def note_attempt(
    conn: Connection, *, outbox_id: int, status: int | None, error: str | None, duration_ms: int
) -> None:
    db.execute(
        conn,
        SQL["note_attempt"],
        outbox_id=outbox_id,
        status=status,
        error=error,
        duration_ms=duration_ms,
    )


def put_off_deliveries(conn: Connection, *, webhook_id: UUID, seconds: float) -> None:
    db.execute(conn, SQL["put_off_deliveries"], webhook_id=webhook_id, seconds=seconds)


def disable_webhook(conn: Connection, *, id: UUID, because: str) -> None:  # noqa: A002 - the column
    db.execute(conn, SQL["disable_webhook"], id=id, because=because)


def give_up_deliveries(conn: Connection, *, id: UUID, because: str) -> None:  # noqa: A002 - the column
    db.execute(conn, SQL["give_up_deliveries"], id=id, because=because)


def list_deliveries(
    conn: Connection, *, webhook_id: UUID, before: int | None, limit: int
) -> list[Delivery]:
    return db.many(
        conn, SQL["list_deliveries"], Delivery, webhook_id=webhook_id, before=before, limit=limit
    )


def replay_deliveries(
    conn: Connection, *, webhook_id: UUID, ids: Sequence[int] | None, since: datetime | None
) -> list[int]:
    return db.values(
        conn,
        SQL["replay_deliveries"],
        webhook_id=webhook_id,
        ids=None if ids is None else list(ids),
        since=since,
    )


def take_feed_place(conn: Connection) -> str | None:
    place: str | None = db.value(conn, SQL["take_feed_place"])
    return place


def begin_feed(conn: Connection, *, place: str) -> None:
    db.execute(conn, SQL["begin_feed"], place=place)


def move_feed(conn: Connection, *, place: str) -> None:
    db.execute(conn, SQL["move_feed"], place=place)
