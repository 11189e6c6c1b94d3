"""Selections compiled to plans: a listing of 90 fields in microseconds instead of milliseconds.

graphql-core validates and executes everything; only what lies below `items` is written out by plan.
"""

from typing import Any, NamedTuple, Optional

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)


class Step(NamedTuple):
    """One field of the answer, taken from this one of the source."""

    answer: str
    source: str
    below: Optional["Plan"]


Plan = tuple[Step, ...]


def compiled(selections: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Plan:
    steps: list[Step] = []
    for node in selections.selections:
        if isinstance(node, FieldNode):
            steps.append(_step(node, fragments))
        elif isinstance(node, FragmentSpreadNode):
            steps.extend(compiled(fragments[node.name.value].selection_set, fragments))
        elif isinstance(node, InlineFragmentNode):
            steps.extend(compiled(node.selection_set, fragments))
    return tuple(dict.fromkeys(steps))


def project(plan: Plan, source: dict[str, Any]) -> dict[str, Any]:
    return {
        answer: source.get(name) if below is None else _below(below, source.get(name))
        for answer, name, below in plan
    }


def _below(plan: Plan, value: Any) -> Any:
    if isinstance(value, dict):
        return project(plan, value)
    if isinstance(value, list):
        return [project(plan, element) for element in value]
    return value


def _step(node: FieldNode, fragments: dict[str, FragmentDefinitionNode]) -> Step:
    name = node.name.value
    below = compiled(node.selection_set, fragments) if node.selection_set else None
    return Step(node.alias.value if node.alias else name, name, below)
