"""What a question may cost: measured before anything of it is answered."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

DEEPEST = 6
MOST = 10_000
HEAVY: Mapping[str, int] = {
    **dict.fromkeys(("similar", "pairs", "dealScore", "frontier", "related"), 100),
    **dict.fromkeys(("diamonds", "certificate", "marketIndex", "priceHistory"), 20),
}
"""Of a field that asks the database something of its own; any other costs one."""
USUAL_LENGTH = 10
LONGEST = 100


class TooExpensive(GraphQLError):
    """Deeper or dearer than a question may be."""


class Measure:
    """The cost of one operation: lists count what they hold as often as they may be long."""

    def __init__(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self._fragments = fragments
        self._variables = variables

    def of(self, operation: OperationDefinitionNode) -> int:
        cost = self._selected(operation.selection_set, 1)
        _afford(cost)
        return cost

    def _selected(self, selection: SelectionSetNode, depth: int) -> int:
        if depth > DEEPEST:
            raise TooExpensive(f"The question is more than {DEEPEST} levels deep.")
        cost = 0
        for field in self._fields(selection):
            cost += self._field(field, depth)
            _afford(cost)
        return cost

    def _field(self, field: FieldNode, depth: int) -> int:
        name = field.name.value
        if name.startswith("__"):
            return 1
        own = HEAVY.get(name, 1)
        if field.selection_set is None:
            return own
        return own + self._length(field) * self._selected(field.selection_set, depth + 1)

    def _length(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value in ("first", "last"):
                return self._number(argument.value)
        return USUAL_LENGTH if field.name.value in HEAVY else 1

    def _number(self, node: Any) -> int:
        if isinstance(node, IntValueNode):
            return max(int(node.value), 1)
        given = self._variables.get(node.name.value) if isinstance(node, VariableNode) else None
        return max(given, 1) if isinstance(given, int) else LONGEST

    def _fields(self, selection: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self._fragments[node.name.value].selection_set)


def _afford(cost: int) -> None:
    """At the first excess: a part costs no more than the whole."""
    if cost > MOST:
        raise TooExpensive(f"The question costs more than {MOST:,}.")
