"""What happened to prices: of one stone, of one run or job, and what each rule earns."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.platform import clock, db
from shared.pricing import sets as pricing
from shared.reapply.queries import SQL
from shared.rules import book


def of_stone(conn: Connection, diamond_id: UUID, *, limit: int) -> list[dict[str, Any]]:
    """Every change of the price, newest first, with its cause in parts."""
    return _rows(conn, "price_history", diamond_id=diamond_id, limit=limit)


def lowest(conn: Connection, diamond_id: UUID, at: datetime) -> Decimal | None:
    """The lowest price of the 30 days before the last reduction began."""
    price: Decimal | None = db.value(conn, SQL["lowest_price"], diamond_id=diamond_id, at=at)
    return price


def of_origin(conn: Connection, origin_id: UUID) -> dict[str, Any]:
    """What one run or job did, by cause; the parts add up to the whole."""
    (row,) = _rows(conn, "changes_of_origin", origin_id=origin_id)
    return row


def economics(conn: Connection) -> list[dict[str, Any]]:
    """What each active rule matches and earns, and what would be earned without it."""
    version = book.active(pricing.BOOK, conn).version
    return _rows(conn, "rule_economics", version=version, at=clock.now())


def _rows(conn: Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name].sql, params).fetchall()
