from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from shared.demo_supplier.model import Listing, Wanted, WantedPage
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("demo_supplier")


class Summary(BaseModel):
    stones: int
    last_stone_id: str | None


class Chosen(BaseModel):
    stone_id: str
    weight_ct: Decimal
    asking_price_usd: Decimal


def count(conn: Connection, wanted: Wanted) -> int:
    return int(db.value(conn, SQL["count"], **vars(wanted)))


def page(conn: Connection, wanted: WantedPage) -> str:
    """The listings as JSON: the database writes it many times faster than we could."""
    return str(db.value(conn, SQL["page"], **vars(wanted)))


def find_listing(conn: Connection, *, stone_id: str) -> Listing | None:
    return db.find(conn, SQL["find_listing"], Listing, stone_id=stone_id)


def lock_inventory(conn: Connection) -> None:
    db.execute(conn, SQL["lock_inventory"])


def summarize_inventory(conn: Connection) -> Summary:
    return db.get(conn, SQL["summarize_inventory"], Summary)


def clear_inventory(conn: Connection) -> None:
    db.execute(conn, SQL["clear_inventory"])


def copy_listings(conn: Connection, listings: Iterable[Listing]) -> int:
    """How many were written."""
    with conn.cursor() as cursor:
        with cursor.copy(SQL["copy_listings"].sql) as copy:
            for listing in listings:
                copy.write_row(tuple(vars(listing).values()))
        return cursor.rowcount


def analyze_inventory(conn: Connection) -> None:
    db.execute(conn, SQL["analyze_inventory"])


def choose_available(conn: Connection, *, stones: int, seed: int) -> list[Chosen]:
    return db.many(conn, SQL["choose_available"], Chosen, stones=stones, seed=seed)


def mark_sold(conn: Connection, *, stone_ids: list[str], at: datetime) -> int:
    return db.execute(conn, SQL["mark_sold"], stone_ids=stone_ids, at=at)


def set_prices(conn: Connection, *, prices: Mapping[str, Decimal], at: datetime) -> int:
    return db.execute(
        conn, SQL["set_prices"], stone_ids=list(prices), prices=list(prices.values()), at=at
    )


def find_outage_price(conn: Connection, *, share: float) -> Decimal | None:
    price: Decimal | None = db.value(conn, SQL["find_outage_price"], share=share)
    return price


def get_knobs(conn: Connection) -> dict[str, Any]:
    knobs: dict[str, Any] = db.value(conn, SQL["get_knobs"])
    return knobs


def set_knobs(conn: Connection, *, knobs: dict[str, Any]) -> None:
    db.execute(conn, SQL["set_knobs"], knobs=Jsonb(knobs))
