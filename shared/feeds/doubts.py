"""What the mappings did not understand, counted: it is in the catalogue as sent, or left out."""

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.sql import queries

DOUBTS = queries("doubts")


class Doubt(BaseModel):
    """So many of a feed's stones say something in this field that its mapping does not know."""

    model_config = ConfigDict(frozen=True)

    field: str
    stones: int
    examples: list[str]


def count_doubts(conn: Connection, *, feed: str) -> list[Doubt]:
    """By field, the most frequent first; of the stones as they were mapped last."""
    return db.many(conn, DOUBTS["count_doubts"], Doubt, feed=feed)
