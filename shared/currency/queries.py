"""One function per query of sql/queries/currency.sql."""

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection

from shared.currency.frankfurter import Quoted
from shared.currency.model import Rate
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("currency")


def current_rate(conn: Connection, *, quote: str) -> Rate | None:
    return db.find(conn, SQL["current_rate"], Rate, quote=quote)


def list_current_rates(conn: Connection) -> list[Rate]:
    return db.many(conn, SQL["list_current_rates"], Rate)


def last_fetched(conn: Connection) -> datetime | None:
    moment: datetime | None = db.value(conn, SQL["last_fetched"])
    return moment


def upsert_rates(
    conn: Connection, *, quoted: Sequence[Quoted], source: str, fetched_at: datetime
) -> int:
    return db.execute(
        conn,
        SQL["upsert_rates"],
        quotes=[given.quote for given in quoted],
        days=[given.date for given in quoted],
        rates=[given.rate for given in quoted],
        source=source,
        fetched_at=fetched_at,
    )
