"""Values of a stone's listings that did not become what was sent, and what was done instead."""

import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.feeds import doubts
from shared.ingestion.model import Row
from shared.platform import db, exact_json
from shared.platform.sql import queries

SQL = queries("quarantine")
QUARANTINED = "quarantined"
LONGEST = 100


class Waiting(Row):
    field: str
    reason: str
    payload: str


@dataclass(frozen=True)
class Alteration:
    path: str
    was: str
    action: str | None
    reason: str | None = None


def list_alterations(conn: Connection, diamond_id: UUID) -> list[Alteration]:
    """Of the listing that was mapped last, and of those that wait in the quarantine."""
    mapped = [Alteration(**one.model_dump()) for one in doubts.of_stone(conn, diamond_id)]
    waiting = db.many(conn, SQL["list_of_stone"], Waiting, diamond_id=diamond_id)
    return mapped + [quarantined(one) for one in waiting]


def quarantined(waiting: Waiting) -> Alteration:
    """A field's name is as good as its path where the listing has it once."""
    places = list(_places(exact_json.loads(waiting.payload), ""))
    found = [(path, value) for path, value in places if path == waiting.field] or [
        (path, value) for path, value in places if path.endswith(f".{waiting.field}")
    ]
    if len(found) != 1:
        return Alteration(waiting.field, "", QUARANTINED, waiting.reason)
    ((path, value),) = found
    return Alteration(path, _shown(value), QUARANTINED, waiting.reason)


def _shown(value: Any) -> str:
    said = isinstance(value, str)
    return reprlib.repr(value) if said else exact_json.dumps(value).decode()[:LONGEST]


def _places(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        below = f"{path}.{key}" if path else key
        yield below, inner
        yield from _places(inner, below)
