"""Queues with the semantics of Service Bus, in one SQLite file or in memory.

Peek-lock with expiry, delivery counts, dead-letter queues, duplicate detection, scheduled and
deferred messages. Delivery counts are AMQP's: how often a message came back, not how often it
went out. All methods are called from one thread.
"""

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DEAD_LETTERS = "/$deadletterqueue"
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL,
    body BLOB NOT NULL, properties TEXT NOT NULL,
    enqueued_at REAL NOT NULL, visible_at REAL NOT NULL, returned INTEGER NOT NULL DEFAULT 0,
    deferred INTEGER NOT NULL DEFAULT 0, lock_token TEXT, locked_until REAL
);
CREATE INDEX IF NOT EXISTS messages_in_order ON messages (queue, deferred, sequence);
CREATE TABLE IF NOT EXISTS seen (
    queue TEXT NOT NULL, message_id TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (queue, message_id)
) WITHOUT ROWID;
"""


class LockLost(Exception):
    """The lock has expired, or the message is settled."""


@dataclass(frozen=True, slots=True)
class Message:
    sequence: int
    queue: str
    message_id: str
    body: bytes
    properties: dict[str, Any]
    enqueued_at: float
    visible_at: float
    returned: int
    deferred: int
    lock_token: str | None
    locked_until: float | None


@dataclass(frozen=True)
class Rules:
    """What a queue's creator would have configured."""

    lock_seconds: float = 60.0
    max_deliveries: int = 10
    duplicate_window: float = 600.0


def wall_clock() -> datetime:
    return datetime.now(UTC)


def random_token() -> str:
    return str(uuid.uuid4())


@dataclass
class Broker:
    path: Path | str = ":memory:"
    now: Callable[[], datetime] = wall_clock
    rules: Rules = Rules()
    make_token: Callable[[], str] = random_token
    arrived: list[Callable[[str], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._db = sqlite3.connect(self.path, isolation_level=None)
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def send(
        self,
        queue: str,
        body: bytes,
        message_id: str | None = None,
        properties: dict[str, Any] | None = None,
        visible_at: float = 0.0,
    ) -> int | None:
        """Put a message in, unless one with its id came within the window; answer its number."""
        now = self._time()
        if message_id and self._is_duplicate(queue, message_id, now):
            return None
        cursor = self._db.execute(
            "INSERT INTO messages (queue, message_id, body, properties, enqueued_at, visible_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                queue,
                message_id or uuid.uuid4().hex,
                body,
                json.dumps(properties or {}),
                max(now, visible_at),
                visible_at,
            ),
        )
        self._announce(queue)
        return cursor.lastrowid

    def receive(
        self, queue: str, limit: int = 1, lock_seconds: float | None = None
    ) -> list[Message]:
        """Lock the oldest messages that may be seen."""
        self._expire(queue)
        until = self._time() + (lock_seconds or self.rules.lock_seconds)
        rows = self._db.execute(
            "SELECT sequence FROM messages WHERE queue = ? AND deferred = 0"
            " AND lock_token IS NULL AND visible_at <= ? ORDER BY sequence LIMIT ?",
            (queue, self._time(), limit),
        ).fetchall()
        return [self._lock(sequence, until) for (sequence,) in rows]

    def receive_deferred(self, queue: str, sequences: list[int]) -> list[Message]:
        self._expire(queue)
        until = self._time() + self.rules.lock_seconds
        rows = self._db.execute(
            "SELECT sequence FROM messages WHERE queue = ? AND deferred = 1 AND lock_token IS NULL"
            " AND sequence IN (SELECT value FROM json_each(?)) ORDER BY sequence",
            (queue, json.dumps(sequences)),
        ).fetchall()
        return [self._lock(sequence, until) for (sequence,) in rows]

    def complete(self, lock_token: str) -> None:
        self._settle("DELETE FROM messages", lock_token)

    def abandon(self, lock_token: str) -> None:
        """Give a message back; a poison one goes to the dead letters."""
        message = self._locked(lock_token)
        self._settle("UPDATE messages SET lock_token = NULL, returned = returned + 1", lock_token)
        self._bury_if_poison(message.sequence)
        self._announce(message.queue)

    def release(self, lock_token: str) -> None:
        """Give a message back without counting."""
        message = self._locked(lock_token)
        self._settle("UPDATE messages SET lock_token = NULL", lock_token)
        self._announce(message.queue)

    def defer(self, lock_token: str) -> None:
        self._settle("UPDATE messages SET lock_token = NULL, deferred = 1", lock_token)

    def dead_letter(self, lock_token: str, reason: str = "", description: str = "") -> None:
        self._bury(self._locked(lock_token).sequence, reason, description)

    def renew(self, lock_token: str) -> float:
        until = self._time() + self.rules.lock_seconds
        self._settle("UPDATE messages SET locked_until = ?", lock_token, until)
        return until

    def peek(self, queue: str, from_sequence: int, limit: int) -> list[Message]:
        rows = self._db.execute(
            "SELECT * FROM messages WHERE queue = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
            (queue, from_sequence, limit),
        )
        return [message(row) for row in rows]

    def cancel_scheduled(self, sequences: list[int]) -> None:
        self._db.execute(
            "DELETE FROM messages WHERE visible_at > ?"
            " AND sequence IN (SELECT value FROM json_each(?))",
            (self._time(), json.dumps(sequences)),
        )

    def next_change(self, queue: str) -> float | None:
        """Answer when a message becomes visible, by its schedule or because a lock expires."""
        (moment,) = self._db.execute(
            "SELECT min(coalesce(locked_until, visible_at)) FROM messages"
            " WHERE queue = ? AND deferred = 0",
            (queue,),
        ).fetchone()
        return moment if moment is None else float(moment)

    def unlock_all(self) -> None:
        """Take back what a former process had locked."""
        self._db.execute("UPDATE messages SET locked_until = 0 WHERE lock_token IS NOT NULL")

    def _time(self) -> float:
        return self.now().timestamp()

    def _announce(self, queue: str) -> None:
        for tell in self.arrived:
            tell(queue)

    def _is_duplicate(self, queue: str, message_id: str, now: float) -> bool:
        self._db.execute("DELETE FROM seen WHERE at < ?", (now - self.rules.duplicate_window,))
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (queue, message_id, now)
        )
        return cursor.rowcount == 0

    def _lock(self, sequence: int, until: float) -> Message:
        row = self._db.execute(
            "UPDATE messages SET lock_token = ?, locked_until = ? WHERE sequence = ? RETURNING *",
            (self.make_token(), until, sequence),
        ).fetchone()
        return message(row)

    def _locked(self, lock_token: str) -> Message:
        row = self._db.execute(
            "SELECT * FROM messages WHERE lock_token = ? AND locked_until > ?",
            (lock_token, self._time()),
        ).fetchone()
        if row is None:
            raise LockLost
        return message(row)

    def _settle(self, change: str, lock_token: str, *values: float) -> None:
        statement = f"{change} WHERE lock_token = ? AND locked_until > ?"
        if self._db.execute(statement, (*values, lock_token, self._time())).rowcount == 0:
            raise LockLost

    def _expire(self, queue: str) -> None:
        """Let go of messages whose locks are over; that counts as a delivery."""
        rows = self._db.execute(
            "UPDATE messages SET lock_token = NULL, locked_until = NULL, returned = returned + 1"
            " WHERE queue = ? AND lock_token IS NOT NULL AND locked_until <= ? RETURNING sequence",
            (queue, self._time()),
        ).fetchall()
        for (sequence,) in rows:
            self._bury_if_poison(sequence)

    def _bury_if_poison(self, sequence: int) -> None:
        (queue, returned) = self._db.execute(
            "SELECT queue, returned FROM messages WHERE sequence = ?", (sequence,)
        ).fetchone()
        if returned >= self.rules.max_deliveries and not queue.endswith(DEAD_LETTERS):
            description = f"Message could not be consumed after {returned} delivery attempts."
            self._bury(sequence, "MaxDeliveryCountExceeded", description)

    def _bury(self, sequence: int, reason: str, description: str) -> None:
        why = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        (queue,) = self._db.execute(
            "UPDATE messages SET queue = queue || ?, lock_token = NULL, locked_until = NULL,"
            " deferred = 0, properties = json_patch(properties, ?) WHERE sequence = ?"
            " RETURNING queue",
            (DEAD_LETTERS, json.dumps(why), sequence),
        ).fetchone()
        self._announce(queue)


def message(row: tuple[Any, ...]) -> Message:
    sequence, queue, message_id, body, properties, *rest = row
    return Message(sequence, queue, message_id, body, json.loads(properties), *rest)
