"""Instances, histories, messages and outstanding activities in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from pathlib import Path

from local.host.durable.events import Event
from local.host.tracing import Announced

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    status TEXT NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT,
    parent_id TEXT, parent_execution_id TEXT, parent_task_id INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (
    instance_id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (instance_id, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT,
    visible_at REAL NOT NULL, event TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS inbox_of_an_instance ON inbox (instance_id, visible_at, n);
CREATE TABLE IF NOT EXISTS tasks (
    n INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT
);
CREATE TABLE IF NOT EXISTS traces (
    instance_id TEXT PRIMARY KEY, parent TEXT, own TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS schedules (
    name TEXT PRIMARY KEY, last TEXT, next TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
"""

OVER = ("Completed", "Failed", "Terminated")


@dataclass(slots=True)
class Instance:
    id: str
    execution_id: str
    name: str
    version: str
    status: str
    created: str
    updated: str
    input: str | None = None
    output: str | None = None
    custom_status: str | None = None
    parent_id: str | None = None
    parent_execution_id: str | None = None
    parent_task_id: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class Activity:
    """A scheduled activity; the row lives until its result has been posted."""

    n: int
    instance_id: str
    execution_id: str
    task_id: int
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class Message:
    n: int
    event: Event


@dataclass(frozen=True, slots=True)
class Query:
    """Which instances to list; empty means all."""

    created_from: str | None = None
    created_to: str | None = None
    statuses: tuple[str, ...] = ()
    id_prefix: str | None = None
    after_id: str = ""
    limit: int = 100


PUT_INSTANCE = "INSERT OR REPLACE INTO instances VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"

FIND = """
SELECT * FROM instances
WHERE id > :after_id
  AND (:created_from IS NULL OR created >= :created_from)
  AND (:created_to IS NULL OR created <= :created_to)
  AND (:id_prefix IS NULL OR substr(id, 1, length(:id_prefix)) = :id_prefix)
  AND (:statuses = '[]' OR status IN (SELECT value FROM json_each(:statuses)))
ORDER BY id
LIMIT :limit
"""


class Store:
    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def instance(self, instance_id: str) -> Instance | None:
        row = self._db.execute("SELECT * FROM instances WHERE id = ?", (instance_id,)).fetchone()
        return Instance(*row) if row else None

    def put(self, instance: Instance) -> None:
        self._db.execute(PUT_INSTANCE, astuple(instance))

    def put_trace(self, instance_id: str, announced: Announced) -> None:
        row = (instance_id, announced.parent, announced.own)
        self._db.execute("INSERT OR REPLACE INTO traces VALUES (?, ?, ?)", row)

    def trace(self, instance_id: str) -> Announced | None:
        sql = "SELECT parent, own FROM traces WHERE instance_id = ?"
        row = self._db.execute(sql, (instance_id,)).fetchone()
        return Announced(*row) if row else None

    def find(self, query: Query) -> list[Instance]:
        values = asdict(query) | {"statuses": json.dumps(query.statuses)}
        return [Instance(*row) for row in self._db.execute(FIND, values)]

    def unfinished(self) -> list[Instance]:
        sql = "SELECT * FROM instances WHERE status NOT IN ('Completed', 'Failed', 'Terminated')"
        return [Instance(*row) for row in self._db.execute(sql)]

    def forget(self, instance_id: str) -> None:
        """Drop an instance with all it had, except activities that are already on their way."""
        self._db.execute("DELETE FROM instances WHERE id = ?", (instance_id,))
        self._db.execute("DELETE FROM traces WHERE instance_id = ?", (instance_id,))
        self.clear_history(instance_id)
        self.clear_inbox(instance_id)

    def history(self, instance_id: str) -> list[str]:
        rows = self._db.execute(
            "SELECT event FROM history WHERE instance_id = ? ORDER BY seq", (instance_id,)
        )
        return [row[0] for row in rows]

    def append_history(self, instance_id: str, start: int, events: Iterable[str]) -> None:
        self._db.executemany(
            "INSERT INTO history VALUES (?, ?, ?)",
            ((instance_id, seq, text) for seq, text in enumerate(events, start)),
        )

    def clear_history(self, instance_id: str) -> None:
        self._db.execute("DELETE FROM history WHERE instance_id = ?", (instance_id,))

    def post(
        self, instance_id: str, execution_id: str | None, event: Event, visible_at: float
    ) -> None:
        """Leave a message; without an execution id it reaches whatever generation takes it."""
        self._db.execute(
            "INSERT INTO inbox (instance_id, execution_id, visible_at, event) VALUES (?, ?, ?, ?)",
            (instance_id, execution_id, visible_at, json.dumps(event)),
        )

    def messages(self, instance: Instance, now: datetime) -> list[Message]:
        rows = self._db.execute(
            "SELECT n, event FROM inbox WHERE instance_id = ? AND visible_at <= ?"
            " AND (execution_id IS NULL OR execution_id = ?) ORDER BY visible_at, n",
            (instance.id, now.timestamp(), instance.execution_id),
        )
        return [Message(n, json.loads(text)) for n, text in rows]

    def take(self, messages: Iterable[Message]) -> None:
        self._db.executemany("DELETE FROM inbox WHERE n = ?", ((m.n,) for m in messages))

    def clear_inbox(self, instance_id: str, execution_id: str | None = None) -> None:
        """Drop all messages, or only those addressed to one execution."""
        self._db.execute(
            "DELETE FROM inbox WHERE instance_id = ? AND (?2 IS NULL OR execution_id = ?2)",
            (instance_id, execution_id),
        )

    def due_times(self) -> list[tuple[float, str]]:
        sql = "SELECT visible_at, instance_id FROM inbox"
        return [(visible_at, instance_id) for visible_at, instance_id in self._db.execute(sql)]

    def add_activity(
        self, instance: Instance, task_id: int, name: str, input_: str | None
    ) -> Activity:
        row = (instance.id, instance.execution_id, task_id, name, input_)
        sql = (
            "INSERT INTO tasks (instance_id, execution_id, task_id, name, input) VALUES (?,?,?,?,?)"
        )
        cursor = self._db.execute(sql, row)
        return Activity(cursor.lastrowid or 0, *row)

    def remove_activity(self, activity: Activity) -> None:
        self._db.execute("DELETE FROM tasks WHERE n = ?", (activity.n,))

    def activities(self) -> list[Activity]:
        return [Activity(*row) for row in self._db.execute("SELECT * FROM tasks ORDER BY n")]

    def schedule(self, name: str) -> dict[str, str | None] | None:
        row = self._db.execute(
            "SELECT last, next, updated FROM schedules WHERE name = ?", (name,)
        ).fetchone()
        return dict(zip(("last", "next", "updated"), row, strict=True)) if row else None

    def put_schedule(self, name: str, last: str | None, next_: str, updated: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)", (name, last, next_, updated)
        )
