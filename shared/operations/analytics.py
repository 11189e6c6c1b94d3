"""Figures for staff: feeds, price movements, and how the database is."""

from datetime import date, datetime
from decimal import Decimal

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.sql import queries

ANALYTICS = queries("analytics")


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class FeedFigures(Row):
    """Of active stones; prices in USD, None without stones."""

    feed: str
    version: int
    updated_at: datetime
    stones: int
    available: int
    on_hold: int
    sold: int
    unavailable: int
    lowest_price: Decimal | None
    average_price: Decimal | None
    highest_price: Decimal | None


class PriceDay(Row):
    """Price changes of a day in UTC, in USD; the causes do not include rounding and the like."""

    day: date
    changes: int
    raised: int
    lowered: int
    average_move_pct: Decimal
    by_supplier: Decimal
    by_rule: Decimal
    by_override: Decimal
    moved: Decimal


class DatabaseStatus(Row):
    version: str
    bytes: int
    connections: int
    most_connections: int
    migration: str
    at: datetime


def feeds(conn: Connection) -> list[FeedFigures]:
    return db.many(conn, ANALYTICS["list_feed_figures"], FeedFigures)


def price_trend(conn: Connection, *, feed: str | None, days: int) -> list[PriceDay]:
    return db.many(conn, ANALYTICS["list_price_trend"], PriceDay, feed=feed, days=days)


def database(conn: Connection) -> DatabaseStatus:
    return db.get(conn, ANALYTICS["get_database_status"], DatabaseStatus)
