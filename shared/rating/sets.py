"""Where rating rule sets are kept."""

from collections.abc import Mapping
from typing import Any

from psycopg import Connection

from shared.platform import db
from shared.platform.sql import queries
from shared.rating.model import RatingRule, RatingRules
from shared.rules.book import Book, Header

SQL = queries("rating")


def load(conn: Connection, version: int) -> RatingRules:
    return RatingRules(rules=tuple(db.many(conn, SQL["list_rules"], RatingRule, version=version)))


def insert(conn: Connection, _content: RatingRules, named: Mapping[str, Any]) -> Header:
    return db.get(conn, SQL["insert_set"], Header, **named)


def store(conn: Connection, version: int, content: RatingRules) -> None:
    db.execute(conn, SQL["delete_rules"], version=version)
    with conn.cursor() as cursor:
        cursor.executemany(SQL["insert_rule"].sql, [_row(version, rule) for rule in content.rules])


def _row(version: int, rule: RatingRule) -> dict[str, Any]:
    row = {"version": version, **rule.model_dump()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}


BOOK = Book("rating", SQL, load, insert, store)
