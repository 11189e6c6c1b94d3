from collections.abc import Mapping as Named
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from shared.platform import db
from shared.platform.sql import queries
from shared.stock.model import Fault, FollowedUpload, Mapping, Shelved, Upload
from shared.stock.reading import NAMELESS, Line

SQL = queries("stock")


def insert_upload(conn: Connection, **fields: Any) -> Upload:
    given = fields | {name: Jsonb(fields[name]) for name in ("columns", "constants")}
    return db.get(conn, SQL["insert_upload"], Upload, **given)


def insert_faults(conn: Connection, *, upload_id: UUID, faults: Sequence[Fault]) -> None:
    db.execute(
        conn,
        SQL["insert_faults"],
        upload_id=upload_id,
        lines=[fault.line for fault in faults],
        fields=[fault.field for fault in faults],
        headings=[fault.heading for fault in faults],
        values=[fault.value for fault in faults],
        reasons=[fault.reason for fault in faults],
    )


def lock_next_upload(conn: Connection) -> Upload | None:
    return db.find(conn, SQL["lock_next_upload"], Upload)


def shelve_lines(conn: Connection, lines: Sequence[Line]) -> Shelved:
    return db.get(
        conn,
        SQL["shelve_lines"],
        Shelved,
        keys=[line.key for line in lines],
        prices=[line.price for line in lines],
        payloads=[Jsonb(line.item) for line in lines],
    )


def clear_others(conn: Connection, *, keys: Sequence[str]) -> int:
    return int(db.value(conn, SQL["clear_others"], keys=[*keys]))


def clear_nameless(conn: Connection, *, keys: Sequence[str]) -> None:
    db.execute(conn, SQL["clear_nameless"], prefix=NAMELESS, keys=[*keys])


def mark_shelved(conn: Connection, **fields: Any) -> Upload:
    return db.get(conn, SQL["mark_shelved"], Upload, **fields)


def list_uploads(conn: Connection, *, before: int | None, limit: int) -> list[FollowedUpload]:
    return db.many(conn, SQL["list_uploads"], FollowedUpload, before=before, limit=limit)


def find_upload(conn: Connection, *, upload_id: UUID) -> FollowedUpload | None:
    return db.find(conn, SQL["find_upload"], FollowedUpload, id=upload_id)


def list_faults(
    conn: Connection, *, upload_id: UUID, after: tuple[int, str] | None, limit: int | None
) -> list[Fault]:
    line, field = after or (None, None)
    place = {"after_line": line, "after_field": field}
    return db.many(conn, SQL["list_faults"], Fault, upload_id=upload_id, **place, limit=limit)


def forget_files(conn: Connection, *, days: int) -> int:
    return db.execute(conn, SQL["forget_files"], days=days)


def upsert_mapping(
    conn: Connection,
    *,
    name: str,
    columns: Named[str, str],
    constants: Named[str, str],
    updated_by: str,
) -> Mapping:
    given = {"columns": Jsonb(dict(columns)), "constants": Jsonb(dict(constants))}
    return db.get(conn, SQL["upsert_mapping"], Mapping, name=name, updated_by=updated_by, **given)


def find_mapping(conn: Connection, *, name: str) -> Mapping | None:
    return db.find(conn, SQL["find_mapping"], Mapping, name=name)


def list_mappings(conn: Connection) -> list[Mapping]:
    return db.many(conn, SQL["list_mappings"], Mapping)


def delete_mapping(conn: Connection, *, name: str) -> bool:
    return db.value(conn, SQL["delete_mapping"], name=name) is not None
