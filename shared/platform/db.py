"""PostgreSQL: the process-wide pool, transactions, and typed execution of named queries.

Works through a transaction pooler: no session state, no named prepared statements.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, sql
from psycopg.rows import class_row, scalar_row
from psycopg_pool import ConnectionPool, PoolTimeout
from pydantic import BaseModel

from shared.platform.errors import Conflict, Unavailable
from shared.platform.settings import settings
from shared.platform.sql import Query
from shared.platform.telemetry import TracedCursor

Model = TypeVar("Model", bound=BaseModel)

_opening = Lock()
_enclosing: ContextVar[Connection | None] = ContextVar("enclosing", default=None)
_allowed: ContextVar[int] = ContextVar("allowed")
"""How long a statement of the transaction that is about to begin may take, in seconds."""
_settings: ContextVar[bytes] = ContextVar("settings", default=b"")
"""What is set for every transaction that begins here, as statements."""


class DatabaseUnavailable(Unavailable):
    hint = "The database is slow or out of reach; try again in a few seconds."


@cache
def pool() -> ConnectionPool:
    database = settings().database
    return ConnectionPool(
        database.url.get_secret_value(),
        kwargs={
            "autocommit": True,
            "prepare_threshold": None,
            "cursor_factory": TracedCursor,
            "connect_timeout": database.connect_timeout_seconds,
            "application_name": "diamond-opus",
        },
        min_size=0,
        max_size=database.pool_max,
        timeout=database.connect_timeout_seconds,
        check=_begin,
        open=True,
    )


@contextmanager
def transaction(
    *, timeout_seconds: int | None = None, one_moment: bool = False
) -> Iterator[Connection]:
    """Commit what was done inside, or nothing; a statement may take `timeout_seconds` at most.

    With `one_moment` all statements see the database as the first one does.
    """
    with translated(), _begun(timeout_seconds) as conn:
        if one_moment:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield conn


def _begin(conn: Connection) -> None:
    """Begin a transaction in one round trip, which proves besides that the connection lives."""
    conn.execute(b"BEGIN; " + _limit(_allowed.get()) + _settings.get())


def _limit(seconds: int) -> bytes:
    return b"SET LOCAL statement_timeout = '%ds'" % seconds


@contextmanager
def one_transaction() -> Iterator[Connection]:
    """Every `transaction()` inside is part of this one: all is committed together, or nothing."""
    with transaction() as conn:
        token = _enclosing.set(conn)
        try:
            yield conn
        finally:
            _enclosing.reset(token)


@contextmanager
def local_settings(values: Mapping[str, str]) -> Iterator[None]:
    """Transactions that begin inside have these settings of our own (`opus.x`), to their end."""
    if _enclosing.get() is not None:
        raise RuntimeError("this transaction has begun already")
    told = _settings.set(b"".join(_set(name, value) for name, value in values.items()))
    try:
        yield
    finally:
        _settings.reset(told)


def _set(name: str, value: str) -> bytes:
    names = sql.Identifier(*name.split("."))
    return sql.SQL("; SET LOCAL {} = {}").format(names, sql.Literal(value)).as_bytes()


@contextmanager
def request_transaction() -> Iterator[Connection]:
    """A transaction that answers a waiting caller."""
    with transaction(timeout_seconds=settings().database.request_timeout_seconds) as conn:
        yield conn


def waits_for_nobody() -> None:
    """Inside `one_transaction` nobody may be asked: its locks would wait for a stranger."""
    if _enclosing.get() is not None:
        raise RuntimeError('talks to others inside one transaction: say once="steps"')


@contextmanager
def _begun(timeout_seconds: int | None) -> Iterator[Connection]:
    enclosing = _enclosing.get()
    if enclosing is not None:
        with enclosing.transaction():  # a savepoint
            if timeout_seconds:
                enclosing.execute(_limit(timeout_seconds))
            yield enclosing
        return
    with _opening:  # two threads at once would each open a pool
        connections = pool()
    _allowed.set(timeout_seconds or settings().database.statement_timeout_seconds)
    with connections.connection() as conn:
        yield conn


@contextmanager
def translated() -> Iterator[None]:
    """Say what PostgreSQL's failures mean to a caller; constraint violations stay themselves."""
    try:
        yield
    except (PoolTimeout, psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        raise DatabaseUnavailable("The database did not answer in time.") from error
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as error:
        raise Conflict("Somebody else changed the same rows; try again.") from error
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable("The database is not reachable.") from error


def find(conn: Connection, query: Query, model: type[Model], **params: Any) -> Model | None:
    """One row or none."""
    with conn.cursor(row_factory=class_row(model)) as cursor:
        return cursor.execute(query.sql, params).fetchone()


def get(conn: Connection, query: Query, model: type[Model], **params: Any) -> Model:
    """Exactly one row; none is a bug."""
    row = find(conn, query, model, **params)
    if row is None:
        raise LookupError(f"{query.name} returned no row")
    return row


def many(conn: Connection, query: Query, model: type[Model], **params: Any) -> list[Model]:
    with conn.cursor(row_factory=class_row(model)) as cursor:
        return cursor.execute(query.sql, params).fetchall()


def value(conn: Connection, query: Query, **params: Any) -> Any:
    """The first column of the first row, or None."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.sql, params).fetchone()


def values(conn: Connection, query: Query, **params: Any) -> list[Any]:
    """The first column of every row."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.sql, params).fetchall()


def execute(conn: Connection, query: Query, **params: Any) -> int:
    """How many rows it touched."""
    return conn.execute(query.sql, params).rowcount


def violated(error: psycopg.errors.IntegrityError, constraint: str) -> bool:
    """Whether this named rule of the schema refused the write."""
    return error.diag.constraint_name == constraint
