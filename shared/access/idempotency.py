"""A write that is sent twice happens once: its answer is kept under the client's own key.

Only what was done is kept. A refused request changed nothing and may be repeated under its key.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from psycopg import Connection
from pydantic import BaseModel

from shared.platform import db
from shared.platform.errors import Conflict, Unprocessable
from shared.platform.settings import settings
from shared.platform.sql import queries

SQL = queries("idempotency")

LEASE_SECONDS = 60.0
"""How long a request that talks to others in between may take until it counts as dead."""


class KeyReused(Unprocessable):
    code = "IDEMPOTENCY_KEY_REUSED"
    hint = "Use a new key for a new request; send the same bytes to repeat one."


class StillRunning(Conflict):
    code = "IDEMPOTENCY_IN_PROGRESS"
    hint = "The same request is being worked on; ask again in a moment."
    retry_after = 1


class Kept(BaseModel):
    """An answer as it was sent."""

    status: int
    content_type: str
    body: bytes


class _Held(BaseModel):
    fingerprint: str
    status: int | None
    content_type: str | None
    body: bytes | None


@dataclass(frozen=True)
class Repeatable:
    """A request under a key that its client chose; `fingerprint` is of all that was asked."""

    client_id: UUID
    key: str
    fingerprint: str
    claim_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Outcome:
    answer: Kept
    replayed: bool


def in_one_transaction(asked: Repeatable, work: Callable[[], Kept]) -> Outcome:
    """Do the work once: it and the memory of its answer are committed together.

    Whoever dies before that leaves nothing behind. Every `db.transaction()` in `work` is part of
    this one, so `work` must not wait for anybody but the database.
    Raises KeyReused and StillRunning.
    """
    with db.one_transaction() as conn:
        earlier = _claim(conn, asked)
        if earlier:
            return Outcome(earlier, replayed=True)
        answer = work()
        _keep(conn, asked, answer)
        return Outcome(answer, replayed=False)


def in_steps(asked: Repeatable, work: Callable[[], Kept]) -> Outcome:
    """Do work that talks to others between its transactions.

    Whoever dies in between is followed, after LEASE_SECONDS, by the same request under the same
    key: `work` must find what it did by that key. Raises KeyReused and StillRunning.
    """
    with db.transaction() as conn:
        earlier = _claim(conn, asked)
    if earlier:
        return Outcome(earlier, replayed=True)
    with _released_if_refused(asked):
        answer = work()
    with db.transaction() as conn:
        _keep(conn, asked, answer)
    return Outcome(answer, replayed=False)


def forget() -> int:
    """Drop keys that expired; says how many."""
    with db.transaction() as conn:
        return db.execute(conn, SQL["forget_keys"])


def _claim(conn: Connection, asked: Repeatable) -> Kept | None:
    """What was answered before, or None for whoever is to do it now."""
    named = {"client_id": asked.client_id, "key": asked.key}
    if not db.value(conn, SQL["try_lock_key"], **named):
        raise StillRunning("This request is being worked on.")
    claimed = db.value(
        conn,
        SQL["claim_key"],
        **named,
        fingerprint=asked.fingerprint,
        claim_id=asked.claim_id,
        lease_seconds=LEASE_SECONDS,
        hours=settings().access.idempotency_hours,
    )
    return None if claimed else _answered(db.get(conn, SQL["find_key"], _Held, **named), asked)


def _answered(held: _Held, asked: Repeatable) -> Kept:
    if held.fingerprint != asked.fingerprint:
        raise KeyReused("This idempotency key was used for another request.")
    if held.status is None or held.content_type is None or held.body is None:
        raise StillRunning("This request is being worked on.")
    return Kept(status=held.status, content_type=held.content_type, body=held.body)


def _keep(conn: Connection, asked: Repeatable, answer: Kept) -> None:
    db.execute(
        conn,
        SQL["keep_answer"],
        client_id=asked.client_id,
        key=asked.key,
        claim_id=asked.claim_id,
        **answer.model_dump(),
    )


@contextmanager
def _released_if_refused(asked: Repeatable) -> Iterator[None]:
    try:
        yield
    except Exception:
        with db.transaction() as conn:
            db.execute(
                conn,
                SQL["release_key"],
                client_id=asked.client_id,
                key=asked.key,
                claim_id=asked.claim_id,
            )
        raise
