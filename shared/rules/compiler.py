"""Decision trees as SQL expressions over `stone`: the only file that composes SQL from rules.

Names come from the rule models, values are literals escaped by psycopg; nothing a person typed
is ever pasted into a statement.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from psycopg import sql

from shared.platform.sql import Query
from shared.rules.model import Candidate, Condition, OneOf
from shared.rules.tree import Cases, Leaf, Node, Threshold, build

NO_RULE = sql.SQL("NULL::uuid")


@lru_cache(maxsize=32)
def compiled(tried: tuple[Candidate, ...]) -> str:
    """The id of the first rule that applies to `stone`, as one expression."""
    return _node(build(tried)).as_string(None)


def completed(query: Query, **trees: str) -> Query:
    """A named query with `NULL::uuid /* pricing tree */` and the like replaced by expressions.

    `%` is doubled, because the statement is executed with parameters.
    """
    text: str = query.sql
    for name, expression in trees.items():
        mark = f"NULL::uuid /* {name} tree */"
        if mark not in text:
            raise LookupError(f"{query.name} has no place for the {name} tree")
        text = text.replace(mark, expression.replace("%", "%%"))
    # Honest: a file of ours, and expressions made above of literals and our own names.
    return replace(query, sql=text)


def _node(node: Node) -> sql.Composable:
    match node:
        case Leaf():
            return _leaf(node)
        case Threshold():
            return _threshold(node)
        case Cases():
            return _cases(node)


def _leaf(leaf: Leaf) -> sql.Composable:
    """Try what is left in order; the last one may apply to everything."""
    certain: sql.Composable = NO_RULE
    whens: list[sql.Composable] = []
    for rule in leaf.tried:
        if not rule.conditions:
            certain = _id(rule)
            break
        held = sql.SQL(" AND ").join(_holds(name, one) for name, one in rule.conditions.items())
        whens.append(sql.SQL("WHEN {} THEN {}").format(held, _id(rule)))
    return _case(whens, certain)


def _threshold(node: Threshold) -> sql.Composable:
    column = _column(node.dimension, node.value)
    value = _number(node.value) if isinstance(node.value, Decimal) else sql.Literal(node.value)
    whens = [
        sql.SQL("WHEN {} < {} THEN {}").format(column, value, _node(node.less)),
        sql.SQL("WHEN {} >= {} THEN {}").format(column, value, _node(node.rest)),
    ]
    return _case(whens, _node(node.unknown))


def _cases(node: Cases) -> sql.Composable:
    column = _column(node.dimension)
    whens = [
        sql.SQL("WHEN {} = {} THEN {}").format(column, sql.Literal(value), _node(branch))
        for value, branch in node.branches
    ]
    return _case(whens, _node(node.otherwise))


def _case(whens: Sequence[sql.Composable], otherwise: sql.Composable) -> sql.Composable:
    if not whens:
        return otherwise
    return sql.SQL("CASE {} ELSE {} END").format(sql.SQL(" ").join(whens), otherwise)


def _holds(dimension: str, condition: Condition) -> sql.Composable:
    column = _column(dimension)
    if isinstance(condition, OneOf):
        values = sql.SQL(", ").join(map(sql.Literal, sorted(condition.values, key=str)))
        return sql.SQL("{} IN ({})").format(column, values)
    bounds: list[sql.Composable] = []
    if condition.low is not None:
        bounds.append(sql.SQL("{} >= {}").format(column, _number(condition.low)))
    if condition.below is not None:
        bounds.append(sql.SQL("{} < {}").format(column, _number(condition.below)))
    return sql.SQL(" AND ").join(bounds)


def _column(dimension: str, compared: Decimal | str | None = None) -> sql.Composable:
    column = sql.Identifier("stone", dimension)
    return sql.SQL('{} COLLATE "C"').format(column) if isinstance(compared, str) else column


def _number(value: Decimal) -> sql.Composable:
    return sql.SQL("{}::numeric").format(sql.Literal(format(value, "f")))


def _id(rule: Candidate) -> sql.Composable:
    return sql.SQL("{}::uuid").format(sql.Literal(str(rule.id)))
