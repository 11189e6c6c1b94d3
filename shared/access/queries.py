from datetime import datetime
from uuid import UUID

from psycopg import Connection

from shared.access.model import ApiKey
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("access")


def insert_api_key(
    conn: Connection,
    *,
    key_hash: str,
    prefix: str,
    client_name: str,
    permissions: list[str],
    expires_at: datetime | None,
) -> ApiKey:
    return db.get(
        conn,
        SQL["insert_api_key"],
        ApiKey,
        key_hash=key_hash,
        prefix=prefix,
        client_name=client_name,
        permissions=permissions,
        expires_at=expires_at,
    )


def find_api_key(conn: Connection, *, key_hash: str) -> ApiKey | None:
    return db.find(conn, SQL["find_api_key"], ApiKey, key_hash=key_hash)


def touch_api_key(conn: Connection, *, id: UUID) -> None:  # noqa: A002 - the column's name
    db.execute(conn, SQL["touch_api_key"], id=id)


def list_api_keys(conn: Connection) -> list[ApiKey]:
    return db.many(conn, SQL["list_api_keys"], ApiKey)


def revoke_api_key(conn: Connection, *, id: UUID) -> ApiKey | None:  # noqa: A002 - the column's name
    return db.find(conn, SQL["revoke_api_key"], ApiKey, id=id)
