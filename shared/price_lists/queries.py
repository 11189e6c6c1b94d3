"""One function per query of sql/queries/price_lists.sql."""

from datetime import datetime

from psycopg import Connection

from shared.platform import db
from shared.platform.sql import queries
from shared.price_lists.model import PriceList, Standing, Terms

SQL = queries("price_lists")


def get_standing(conn: Connection, *, name: str) -> Standing:
    return db.get(conn, SQL["get_standing"], Standing, name=name)


def list_price_lists(conn: Connection) -> list[PriceList]:
    return db.many(conn, SQL["list_price_lists"], PriceList)


def insert_price_list(
    conn: Connection,
    *,
    name: str,
    terms: Terms,
    valid_from: datetime | None,
    valid_until: datetime | None,
    changed_by: str,
) -> PriceList | None:
    return db.find(
        conn,
        SQL["insert_price_list"],
        PriceList,
        name=name,
        points=terms.points,
        places=terms.places,
        valid_from=valid_from,
        valid_until=valid_until,
        changed_by=changed_by,
    )


def change_price_list(
    conn: Connection,
    *,
    name: str,
    terms: Terms,
    valid_from: datetime | None,
    valid_until: datetime | None,
    changed_by: str,
) -> PriceList | None:
    return db.find(
        conn,
        SQL["change_price_list"],
        PriceList,
        name=name,
        points=terms.points,
        places=terms.places,
        valid_from=valid_from,
        valid_until=valid_until,
        changed_by=changed_by,
    )
