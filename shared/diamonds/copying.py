"""Listed stones as the public sees them, many at a time: as JSON texts, or as rows."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from shared.diamonds import fields, filters, priced

COLUMNS: Sequence[str] = tuple(fields.FIELDS)
FIRST = UUID(int=0)

SHOWN: LiteralString = f"CROSS JOIN LATERAL (SELECT {fields.columns(COLUMNS)}) AS shown"
AFTER: LiteralString = (
    f"WHERE {filters.LISTED} AND diamond.id > %(after)s ORDER BY diamond.id LIMIT %(limit)s"
)


def texts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of the stones that are listed."""
    statement: LiteralString = (
        f"SELECT diamond.id, row_to_json(shown)::text {priced.stones()} {SHOWN}"
        f" WHERE {filters.LISTED} AND diamond.id = ANY(%(ids)s::uuid[])"
    )
    return dict(conn.execute(statement, {"ids": list(ids)}).fetchall())


def texts_after(conn: Connection, last: UUID | None, limit: int) -> list[tuple[UUID, str]]:
    """The next ones by id."""
    statement: LiteralString = (
        f"SELECT diamond.id, row_to_json(shown)::text {priced.stones()} {SHOWN} {AFTER}"
    )
    return conn.execute(statement, {"after": last or FIRST, "limit": limit}).fetchall()


def rows_after(conn: Connection, last: UUID | None, limit: int) -> list[tuple[Any, ...]]:
    """The next ones by id, their values in the order of COLUMNS."""
    statement: LiteralString = f"SELECT {fields.columns(COLUMNS)} {priced.stones()} {AFTER}"
    return conn.execute(statement, {"after": last or FIRST, "limit": limit}).fetchall()
