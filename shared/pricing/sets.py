"""Where pricing rule sets are kept."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from shared.platform import db
from shared.platform.sql import queries
from shared.pricing.model import BaseMargin, PricingRule, PricingRules, Rounding
from shared.rules.book import Book, Header

SQL = queries("pricing")


class PricingHeader(Header):
    rounding: Rounding
    movement_limit: Any


def load(conn: Connection, version: int) -> PricingRules:
    header = db.get(conn, SQL["find_set"], PricingHeader, version=version)
    return PricingRules(
        rules=tuple(db.many(conn, SQL["list_rules"], PricingRule, version=version)),
        base_margins=tuple(db.many(conn, SQL["list_base_margins"], BaseMargin, version=version)),
        rounding=header.rounding,
        movement_limit=header.movement_limit,
    )


def insert(conn: Connection, content: PricingRules, named: Mapping[str, Any]) -> Header:
    settings = content.model_dump(include={"rounding", "movement_limit"})
    return db.get(conn, SQL["insert_set"], Header, **named, **settings)


def store(conn: Connection, version: int, content: PricingRules) -> None:
    settings = content.model_dump(include={"rounding", "movement_limit"})
    db.get(conn, SQL["update_set"], Header, version=version, **settings)
    db.execute(conn, SQL["delete_rules"], version=version)
    db.execute(conn, SQL["delete_base_margins"], version=version)
    with conn.cursor() as cursor:
        cursor.executemany(SQL["insert_rule"].sql, [_row(version, rule) for rule in content.rules])
        cursor.executemany(
            SQL["insert_base_margin"].sql, [_row(version, base) for base in content.base_margins]
        )


def _row(version: int, value: PricingRule | BaseMargin) -> dict[str, Any]:
    row = {"version": version, **value.model_dump()}
    return row | {"shapes": list(row["shapes"])} if row.get("shapes") else row


BOOK = Book("pricing", SQL, load, insert, store)
