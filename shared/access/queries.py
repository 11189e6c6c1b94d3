from datetime import datetime
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel

from shared.access.model import ApiKey, AuditEntry, Kind
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("access")


class Granted(BaseModel):
    """What was taken of a budget, and what is left in it; below 1 until more flows back."""

    granted: int
    tokens: float


def insert_api_key(
    conn: Connection,
    *,
    id: UUID,  # noqa: A002 - the column's name
    kind: Kind,
    key_hash: str | None,
    prefix: str,
    client_name: str,
    permissions: list[str],
    price_list: str | None,
    reads_per_minute: int | None,
    writes_per_minute: int | None,
    expires_at: datetime | None,
) -> ApiKey:
    return db.get(
        conn,
        SQL["insert_api_key"],
        ApiKey,
        id=id,
        kind=kind,
        key_hash=key_hash,
        prefix=prefix,
        client_name=client_name,
        permissions=permissions,
        price_list=price_list,
        reads_per_minute=reads_per_minute,
        writes_per_minute=writes_per_minute,
        expires_at=expires_at,
    )


def find_api_key(conn: Connection, *, key_hash: str) -> ApiKey | None:
    return db.find(conn, SQL["find_api_key"], ApiKey, key_hash=key_hash)


def find_signing_key(conn: Connection, *, id: UUID) -> ApiKey | None:  # noqa: A002 - the column's name
    return db.find(conn, SQL["find_signing_key"], ApiKey, id=id)


def touch_api_key(conn: Connection, *, id: UUID) -> None:  # noqa: A002 - the column's name
    db.execute(conn, SQL["touch_api_key"], id=id)


def list_api_keys(conn: Connection) -> list[ApiKey]:
    return db.many(conn, SQL["list_api_keys"], ApiKey)


def lock_api_key(conn: Connection, *, id: UUID) -> ApiKey | None:  # noqa: A002 - the column's name
    return db.find(conn, SQL["lock_api_key"], ApiKey, id=id)


def let_api_key_end(
    conn: Connection,
    *,
    id: UUID,  # noqa: A002 - the column's name
    rotated_to: UUID,
    overlap_seconds: float,
) -> ApiKey:
    return db.get(
        conn,
        SQL["let_api_key_end"],
        ApiKey,
        id=id,
        rotated_to=rotated_to,
        overlap_seconds=overlap_seconds,
    )


def revoke_api_key(conn: Connection, *, id: UUID) -> ApiKey | None:  # noqa: A002 - the column's name
    return db.find(conn, SQL["revoke_api_key"], ApiKey, id=id)


def use_nonce(conn: Connection, *, key_id: UUID, nonce: str, seconds: float) -> bool:
    """Whether it is the first time."""
    used = db.value(conn, SQL["use_nonce"], key_id=key_id, nonce=nonce, seconds=seconds)
    return used is not None


def locked_for(conn: Connection, *, address: str) -> int | None:
    seconds: int | None = db.value(conn, SQL["locked_for"], address=address)
    return seconds


def count_failure(
    conn: Connection, *, address: str, most: int, window_seconds: float, lock_seconds: float
) -> None:
    db.execute(
        conn,
        SQL["count_failure"],
        address=address,
        most=most,
        window_seconds=window_seconds,
        lock_seconds=lock_seconds,
    )


def forget(conn: Connection) -> int:
    """Nonces and addresses that mean nothing any more; says how many."""
    return db.execute(conn, SQL["forget_nonces"]) + db.execute(conn, SQL["forget_failures"])


def take_budget(
    conn: Connection,
    *,
    client_id: UUID,
    budget: str,
    wanted: int,
    capacity: float,
    per_second: float,
) -> Granted:
    return db.get(
        conn,
        SQL["take_budget"],
        Granted,
        client_id=client_id,
        budget=budget,
        wanted=wanted,
        capacity=capacity,
        per_second=per_second,
    )


def insert_audit(
    conn: Connection,
    *,
    client_id: UUID | None,
    client_name: str | None,
    address: str | None,
    operation: str,
    method: str,
    path: str,
    status: int,
    code: str | None,
    trace_id: str,
) -> None:
    db.execute(
        conn,
        SQL["insert_audit"],
        client_id=client_id,
        client_name=client_name,
        address=address,
        operation=operation,
        method=method,
        path=path,
        status=status,
        code=code,
        trace_id=trace_id,
    )


def list_audit(
    conn: Connection,
    *,
    client_id: UUID | None,
    operation: str | None,
    refused: bool | None,
    before: int | None,
    limit: int,
) -> list[AuditEntry]:
    return db.many(
        conn,
        SQL["list_audit"],
        AuditEntry,
        client_id=client_id,
        operation=operation,
        refused=refused,
        before=before,
        limit=limit,
    )
