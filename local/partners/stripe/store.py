"""All that Stripe remembers, in one SQLite file: killed, it forgets nothing it has answered."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, number);
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, asked TEXT, status INTEGER, body TEXT, request_id TEXT, at REAL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT, endpoint TEXT, attempts INTEGER DEFAULT 0,
    due REAL, status INTEGER, ended INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries (due) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS agenda (object TEXT, what TEXT, due REAL);
"""


class Reply(NamedTuple):
    asked: str
    status: int
    body: str
    request_id: str
    at: float


class Delivery(NamedTuple):
    id: int
    event: str
    endpoint: str
    attempts: int
    due: float
    status: int | None
    ended: int


class Store:
    """Objects by their id, in the order of their making; names that begin with `_` stay inside."""

    def __init__(self, file: Path | str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        # Enough against the end of the process, at whatever instant; only a power cut could harm.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def find(self, id: str) -> Json | None:  # noqa: A002 - the wire's name
        rows = self._rows("SELECT body FROM objects WHERE id = ?", id)
        return json.loads(rows[0][0]) if rows else None

    def put(self, body: Json) -> None:
        self._rows(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            body["id"],
            body["object"],
            json.dumps(body),
        )

    def drop(self, id: str) -> None:  # noqa: A002 - the wire's name
        self._rows("DELETE FROM objects WHERE id = ?", id)

    def every(self, kind: str) -> list[Json]:
        """The newest first, as Stripe lists."""
        rows = self._rows("SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", kind)
        return [json.loads(body) for (body,) in rows]

    def reply(self, key: str, *, since: float) -> Reply | None:
        self._rows("DELETE FROM replies WHERE at < ?", since)
        rows = self._rows(
            "SELECT asked, status, body, request_id, at FROM replies WHERE key = ?", key
        )
        return Reply(*rows[0]) if rows else None

    def keep_reply(self, key: str, reply: Reply) -> None:
        self._rows("INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)", key, *reply)

    def deliver(self, event: str, endpoint: str, due: float) -> None:
        self._rows(
            "INSERT INTO deliveries (event, endpoint, due) VALUES (?, ?, ?)", event, endpoint, due
        )

    def open_deliveries(self, due: float) -> list[Delivery]:
        rows = self._rows("SELECT * FROM deliveries WHERE ended = 0 AND due <= ? ORDER BY id", due)
        return [Delivery(*row) for row in rows]

    def attempted(self, delivery: Delivery, status: int | None, again: float | None) -> None:
        self._rows(
            "UPDATE deliveries SET attempts = attempts + 1, status = ?, ended = ?, due = ?"
            " WHERE id = ?",
            status,
            again is None,
            again or delivery.due,
            delivery.id,
        )

    def redeliver(self, event: str, due: float) -> int:
        self._rows("UPDATE deliveries SET ended = 0, due = ? WHERE event = ?", due, event)
        return len(self._rows("SELECT 1 FROM deliveries WHERE event = ?", event))

    def deliveries(self) -> list[Delivery]:
        return [Delivery(*row) for row in self._rows("SELECT * FROM deliveries ORDER BY id")]

    def plan(self, object: str, what: str, due: float) -> None:  # noqa: A002 - the column's name
        self._rows("INSERT INTO agenda VALUES (?, ?, ?)", object, what, due)

    def planned(self, what: str) -> int:
        return len(self._rows("SELECT 1 FROM agenda WHERE what = ?", what))

    def due(self, now: float) -> list[tuple[str, str]]:
        """What is to happen by now, and is not planned any more."""
        rows = self._rows("DELETE FROM agenda WHERE due <= ? RETURNING object, what", now)
        return [(which, what) for which, what in rows]

    def close(self) -> None:
        self._db.close()

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()
