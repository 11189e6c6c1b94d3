"""Questions of staff about a few views: composed from names we know, values as parameters.

Nobody writes SQL here. What is asked runs in a transaction that may not write, for five seconds
and a thousand rows at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.errors import Invalid
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
    statement, values = _composed(question, known)
    try:
        with conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, values).fetchall()
    except (psycopg.DataError, psycopg.errors.UndefinedFunction) as error:
        raise _wrong("where", str(error).splitlines()[0]) from error


def _composed(question: Question, known: Mapping[str, str]) -> tuple[sql.Composed, list[Any]]:
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
        parts.append(sql.SQL(" WHERE ") + sql.SQL(" AND ").join(test for test, _ in tests))
    if grouped and len(grouped) < len(shown):
        names = [sql.Identifier(_known(one.column, known)) for one in grouped]
        parts.append(sql.SQL(" GROUP BY ") + sql.SQL(", ").join(names))
    parts.append(_order(question, shown))
    parts.append(sql.SQL(" LIMIT {}").format(sql.Literal(min(question.limit, MOST_ROWS))))
    return sql.Composed(parts), [value for _, values in tests for value in values]


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


def _test(condition: Condition, known: Mapping[str, str]) -> tuple[sql.Composable, list[Any]]:
    column = sql.Identifier(_known(condition.column, known))
    kind = sql.SQL(known[condition.column])  # PostgreSQL's own name for it
    operator, value = condition.operator, condition.value
    if operator == "null":
        return sql.SQL("({} IS NULL) = %s::boolean").format(column), [str(value)]
    if operator in TEXTUAL:
        return sql.SQL("{}::text {} %s").format(column, TEXTUAL[operator]), [str(value)]
    if operator == "in":
        listed = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        return sql.SQL("{} = ANY (%s::{}[])").format(column, kind), [listed]
    return sql.SQL("{} {} %s::{}").format(column, OPERATORS[operator], kind), [str(value)]


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
