"""How many active stones rules would catch now: each rule a condition, all in one statement."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg import Connection, sql

from shared.quality.model import FIELDS, Comparison, Condition

EXAMPLES = 3
OPERATORS: Mapping[Comparison, sql.SQL] = {
    ">": sql.SQL(">"),
    ">=": sql.SQL(">="),
    "<": sql.SQL("<"),
    "<=": sql.SQL("<="),
    "=": sql.SQL("="),
    "!=": sql.SQL("<>"),
}
CAUGHT = sql.SQL("""
    count(*) FILTER (WHERE {caught}),
    (array_agg(staged.supplier_stone_id) FILTER (WHERE {caught}))[1:{examples}]""")
WALK = sql.SQL("""
    SELECT {columns}
      FROM staged_diamonds AS staged
      JOIN diamonds AS stone ON stone.id = staged.diamond_id AND stone.status = 'active'
     WHERE {whose}""")


class Caught(NamedTuple):
    stones: int
    examples: Sequence[str]
    """Some of them, by the supplier's ids."""


def count_offenders(
    conn: Connection, rules: Sequence[tuple[Condition, str | None]], *, feed: str | None
) -> list[Caught]:
    """For each condition, with the feed it is confined to, the active stones that break it."""
    if not rules:
        return []
    columns = sql.SQL(",").join(
        CAUGHT.format(caught=_breaks(rule, of), examples=sql.Literal(EXAMPLES))
        for rule, of in rules
    )
    whose = sql.SQL("staged.feed = {}").format(sql.Literal(feed)) if feed else sql.SQL("true")
    found = conn.execute(WALK.format(columns=columns, whose=whose)).fetchone() or ()
    return [Caught(found[n], found[n + 1] or ()) for n in range(0, len(found), 2)]


def _breaks(rule: Condition, feed: str | None) -> sql.Composable:
    column = sql.SQL("staged.{}").format(sql.Identifier(rule.field))
    broken = _not(rule, column)
    if feed is None:
        return broken
    return sql.SQL("staged.feed = {} AND ({})").format(sql.Literal(feed), broken)


def _not(rule: Condition, column: sql.Composable) -> sql.Composable:
    """What is unknown makes a comparison unknown, and is not counted."""
    match rule.comparison:
        case "known":
            return sql.SQL("{} IS NULL").format(column)
        case "in":
            return sql.SQL("{} <> ALL ({})").format(column, _value(rule, rule.value))
        case "not in":
            return sql.SQL("{} = ANY ({})").format(column, _value(rule, rule.value))
        case _:
            operator, value = OPERATORS[rule.comparison], _value(rule, rule.value)
            return sql.SQL("NOT ({} {} {})").format(column, operator, value)


def _value(rule: Condition, value: Any) -> sql.Composable:
    if isinstance(value, list):
        parts = sql.SQL(",").join(_value(rule, one) for one in value)
        return sql.SQL("ARRAY[{}]").format(parts)
    if FIELDS[rule.field] == "number":
        return sql.SQL("{}::numeric").format(sql.Literal(str(Decimal(value))))
    return sql.Literal(value)
