"""What the mappings did not understand: where it stood, what it was, what was made of it."""

import re
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.sql import queries

DOUBTS = queries("doubts")

LEFT_OUT = "left out"
TOLD = re.compile(r"(?P<path>.*?): (?P<was>.*?)(; (?P<action>left out|taken as .*))?", re.DOTALL)


class Alteration(BaseModel):
    """One value of a listing that did not become what was sent."""

    model_config = ConfigDict(frozen=True)

    path: str
    was: str
    action: str | None
    """None: noted before actions were."""


class Doubt(BaseModel):
    """So many of a feed's stones say something in this field that its mapping does not know."""

    model_config = ConfigDict(frozen=True)

    field: str
    stones: int
    examples: list[str]


def noted(path: str, was: str, action: str) -> str:
    """A doubt as it is kept with its stone."""
    return f"{path}: {was}; {action}"


def taken_as(value: str | None) -> str:
    return f"taken as {ascii(value)[1:-1]}"


def told(doubt: str) -> Alteration:
    found = TOLD.fullmatch(doubt)
    return Alteration.model_validate(
        found.groupdict() if found else {"path": "", "was": doubt, "action": None}
    )


def count_doubts(conn: Connection, *, feed: str) -> list[Doubt]:
    """By field, the most frequent first; of the stones as they were mapped last."""
    return db.many(conn, DOUBTS["count_doubts"], Doubt, feed=feed)


def of_stone(conn: Connection, diamond_id: UUID) -> list[Alteration]:
    """As its listing was mapped last."""
    return [told(doubt) for doubt in db.values(conn, DOUBTS["stone_doubts"], diamond_id=diamond_id)]
