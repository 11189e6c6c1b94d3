"""Prices per carat of what is on sale, by kind of stone and day."""

from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from shared.platform import clock, db
from shared.platform.sql import queries

SQL = queries("market")


def take_index(conn: Connection) -> int:
    """Write down today's, unless it is there or a run is open; returns how many kinds."""
    now = clock.now()
    return db.execute(conn, SQL["take_market_index"], day=now.date(), at=now)


def latest(conn: Connection, *, shape: str | None, stone_type: str | None) -> list[dict[str, Any]]:
    """Every kind of the last day taken, with its change since the day before and 30 days before."""
    return _rows(conn, "latest_market_index", shape=shape, stone_type=stone_type)


def history(
    conn: Connection, *, shape: str, stone_type: str, carats: Decimal, days: int
) -> list[dict[str, Any]]:
    """One kind by the day, newest first."""
    return _rows(
        conn, "market_history", shape=shape, stone_type=stone_type, carats=carats, days=days
    )


def _rows(conn: Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name].sql, params).fetchall()
