"""What lies on the shelf; uploads put it there."""

from datetime import datetime

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.feeds.model import FeedQuery, Item, PriceRange
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("own_stock")

CHANGED_AT = "changed_at"


class Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    payload: dict[str, str]
    changed_at: datetime

    @property
    def item(self) -> Item:
        return self.payload | {CHANGED_AT: self.changed_at.isoformat()}


def count(conn: Connection, query: FeedQuery, within: PriceRange) -> int:
    asked = {**within._asdict(), **vars(query)}
    return int(db.value(conn, SQL["count"], **asked))


def page(
    conn: Connection, query: FeedQuery, within: PriceRange, *, offset: int, limit: int
) -> list[Item]:
    asked = {**within._asdict(), **vars(query), "offset": offset, "limit": limit}
    return [line.item for line in db.many(conn, SQL["page"], Line, **asked)]


def find(conn: Connection, stock_number: str) -> Item | None:
    line = db.find(conn, SQL["find_line"], Line, key=stock_number)
    return line.item if line else None
