"""Questions of staff about a few views: composed from names we know, values as literals.

Nobody writes SQL here. What is asked runs in a transaction that may not write, for five seconds
and a thousand rows at most, as a role that may read these views and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import Connection, sql
from pydantic import BaseModel, ConfigDict

from shared.platform import db, exact_json
from shared.platform.errors import Invalid, Unavailable
from shared.platform.sql import queries

ANALYTICS = queries("analytics")

VIEWS = ("diamonds", "runs", "partitions", "price_changes", "quarantine", "errors")
WITH_COSTS = ("diamonds", "price_changes")
SECONDS = 5
MOST_ROWS = 1_000

Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "null"]
Function = Literal["count", "sum", "avg", "min", "max"]

OPERATORS: Mapping[str, sql.SQL] = {
    "eq": sql.SQL("="),
    "neq": sql.SQL("<>"),
    "gt": sql.SQL(">"),
    "gte": sql.SQL(">="),
    "lt": sql.SQL("<"),
    "lte": sql.SQL("<="),
}
TEXTUAL: Mapping[str, sql.SQL] = {"like": sql.SQL("LIKE"), "ilike": sql.SQL("ILIKE")}


class ConsoleNotConfined(Unavailable):
    """Its function is not its own role's, as after a restore without owners."""

    code = "CONSOLE_NOT_CONFINED"
    hint = "docs/operations.md says how to give the console its role again."
    retry_after = None


class Column(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    type: str


@dataclass(frozen=True)
class Shown:
    """A column, or a figure over it; `count` needs none."""

    column: str | None
    function: Function | None

    @property
    def name(self) -> str:
        return "_".join(part for part in (self.function, self.column) if part)


@dataclass(frozen=True)
class Condition:
    column: str
    operator: Operator
    value: Any


@dataclass(frozen=True)
class Question:
    """`group_by` follows from what is shown: every column beside a figure."""

    view: str
    shown: Sequence[Shown]
    conditions: Sequence[Condition]
    order_by: str | None
    descending: bool
    limit: int


def columns(conn: Connection, view: str) -> list[Column]:
    """What a view shows; raises Invalid for those that are none of the console's."""
    if view not in VIEWS:
        raise _wrong("view", f"{view!r} is not one of {', '.join(VIEWS)}")
    return db.many(conn, ANALYTICS["list_columns"], Column, view=f"console_{view}")


def ask(conn: Connection, question: Question) -> list[dict[str, Any]]:
    """The rows; raises Invalid for unknown names and values that do not fit."""
    conn.execute("SET TRANSACTION READ ONLY")
    conn.execute("SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"])
    known = {column.name: column.type for column in columns(conn, question.view)}
    statement = _composed(question, known).as_string(conn)
    try:
        rows = db.values(conn, ANALYTICS["ask_console"], statement=statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConsoleNotConfined("The console is switched off.") from error
    except (psycopg.DataError, psycopg.errors.UndefinedFunction) as error:
        raise _wrong("where", str(error).splitlines()[0]) from error
    return [exact_json.loads(row) for row in rows]


def _composed(question: Question, known: Mapping[str, str]) -> sql.Composed:
    shown = [*question.shown] or [Shown(name, None) for name in known]
    grouped = [one for one in shown if one.function is None]
    parts: list[sql.Composable] = [
        sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(_column(one, known) for one in shown),
            sql.Identifier(f"console_{question.view}"),
        )
    ]
    tests = [_test(one, known) for one in question.conditions]
    if tests:
        parts.append(sql.SQL(" WHERE ") + sql.SQL(" AND ").join(tests))
    if grouped and len(grouped) < len(shown):
        names = [sql.Identifier(_known(one.column, known)) for one in grouped]
        parts.append(sql.SQL(" GROUP BY ") + sql.SQL(", ").join(names))
    parts.append(_order(question, shown))
    parts.append(sql.SQL(" LIMIT {}").format(sql.Literal(min(question.limit, MOST_ROWS))))
    return sql.Composed(parts)


def _column(shown: Shown, known: Mapping[str, str]) -> sql.Composable:
    name = sql.Identifier(shown.name)
    if shown.function is None:
        return sql.Identifier(_known(shown.column, known))
    if shown.column is None:
        if shown.function != "count":
            raise _wrong("select", f"{shown.function} of what?")
        return sql.SQL("count(*) AS {}").format(name)
    column = sql.Identifier(_known(shown.column, known))
    return sql.SQL("{}({}) AS {}").format(sql.SQL(shown.function), column, name)


def _test(condition: Condition, known: Mapping[str, str]) -> sql.Composable:
    column = sql.Identifier(_known(condition.column, known))
    kind = sql.SQL(known[condition.column])  # PostgreSQL's own name for it
    operator, value = condition.operator, condition.value
    if operator == "null":
        return sql.SQL("({} IS NULL) = {}::boolean").format(column, str(value))
    if operator in TEXTUAL:
        return sql.SQL("{}::text {} {}").format(column, TEXTUAL[operator], str(value))
    if operator == "in":
        listed = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        return sql.SQL("{} = ANY ({}::{}[])").format(column, listed, kind)
    return sql.SQL("{} {} {}::{}").format(column, OPERATORS[operator], str(value), kind)


def _order(question: Question, shown: Sequence[Shown]) -> sql.Composable:
    if question.order_by is None:
        return sql.SQL("")
    if question.order_by not in [one.name for one in shown]:
        raise _wrong("orderBy", f"{question.order_by!r} is not shown")
    way = sql.SQL("DESC" if question.descending else "ASC")
    return sql.SQL(" ORDER BY {} {} NULLS LAST").format(sql.Identifier(question.order_by), way)


def _known(name: str | None, known: Mapping[str, str]) -> str:
    if name is None or name not in known:
        raise _wrong("columns", f"{name!r} is not one of {', '.join(known)}")
    return name


def _wrong(field: str, fault: str) -> Invalid:
    return Invalid("Some of the request is not valid.", fields={field: fault})
