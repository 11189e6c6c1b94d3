"""One function per query of sql/queries/exports.sql."""

from uuid import UUID

from psycopg import Connection

from shared.exports.model import Export, Format
from shared.platform import db
from shared.platform.sql import queries
from shared.price_lists.model import Terms

SQL = queries("exports")


def insert_export(
    conn: Connection,
    *,
    client_id: UUID,
    requested_by: str,
    format: Format,  # noqa: A002 - the column
    changes_from: str,
    terms: Terms | None,
) -> Export | None:
    return db.find(
        conn,
        SQL["insert_export"],
        Export,
        client_id=client_id,
        requested_by=requested_by,
        format=format,
        changes_from=changes_from,
        price_points=terms and terms.points,
        price_places=terms and terms.places,
    )


def find_export(conn: Connection, *, id: UUID, client_id: UUID) -> Export | None:  # noqa: A002 - the column
    return db.find(conn, SQL["find_export"], Export, id=id, client_id=client_id)


def list_exports(conn: Connection, *, client_id: UUID, limit: int) -> list[Export]:
    return db.many(conn, SQL["list_exports"], Export, client_id=client_id, limit=limit)


def lease_export(conn: Connection, *, seconds: float) -> Export | None:
    return db.find(conn, SQL["lease_export"], Export, seconds=seconds)


def part_written(
    conn: Connection,
    export: Export,
    *,
    last_id: UUID | None,
    stones: int,
    size: int,
    last: bool,
    seconds: float,
) -> Export | None:
    """None when somebody else wrote it."""
    return db.find(
        conn,
        SQL["part_written"],
        Export,
        id=export.id,
        parts=export.parts,
        last_id=last_id,
        stones=stones,
        bytes=size,
        last=last,
        seconds=seconds,
    )


def release_export(conn: Connection, *, id: UUID) -> None:  # noqa: A002 - the column
    db.execute(conn, SQL["release_export"], id=id)


def take_old_exports(conn: Connection, *, hours: int) -> list[Export]:
    return db.many(conn, SQL["take_old_exports"], Export, hours=hours)
