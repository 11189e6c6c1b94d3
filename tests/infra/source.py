"""Bicep files as trees, and what they declare, use and set."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

LANGUAGE = Language(tree_sitter_bicep.language())
DECLARATIONS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
}
LOOP_NAMES = ("loop_variable", "loop_enumerator")


@dataclass(frozen=True)
class Declaration:
    kind: str
    name: str
    node: Node
    decorators: tuple[Node, ...]

    @property
    def is_secure(self) -> bool:
        return any(name == "secure" for name, _ in self.constraints)

    @property
    def constraints(self) -> list[tuple[str, Node | None]]:
        """Each decorator's name with its argument."""
        calls = [call for each in self.decorators for call in of_type(each, "call_expression")]
        return [(text(call.named_children[0]), _argument(call)) for call in calls]

    @property
    def default(self) -> Node | None:
        """What follows the equals sign: a parameter without is required."""
        return self.value if self.kind == "param" else None

    @property
    def value(self) -> Node | None:
        after = [child for child in self.node.children if child.prev_sibling is not None]
        following = [child for child in after if _prev(child) == "="]
        return following[0] if following else None

    @property
    def type(self) -> str:
        """`Microsoft.Web/sites@2024-11-01`, or the path of a module."""
        return text(next(of_type(self.node, "string_content")))

    @property
    def is_existing(self) -> bool:
        return any(child.type == "existing" for child in self.node.children)

    @property
    def body(self) -> Node | None:
        """The object of a resource or module, past its condition and its loop."""
        return next(_outermost_objects(self.node), None)


@dataclass(frozen=True)
class Source:
    path: Path

    @cached_property
    def root(self) -> Node:
        return Parser(LANGUAGE).parse(self.path.read_bytes()).root_node

    @cached_property
    def declarations(self) -> list[Declaration]:
        nodes = [node for node in every(self.root) if node.type in DECLARATIONS]
        return [
            Declaration(
                DECLARATIONS[node.type],
                text(next(of_type(node, "identifier"))),
                node,
                _decorators(node),
            )
            for node in nodes
        ]

    def of_kind(self, *kinds: str) -> dict[str, Declaration]:
        return {each.name: each for each in self.declarations if each.kind in kinds}

    @cached_property
    def uses(self) -> list[Node]:
        """Names where a value is meant: not keys, not declarations, not functions."""
        return [node for node in every(self.root) if node.type == "identifier" and _is_use(node)]

    @cached_property
    def calls(self) -> list[str]:
        return [text(node.named_children[0]) for node in of_type(self.root, "call_expression")]

    def line(self, node: Node) -> str:
        return f"{self.path.name}:{node.start_point.row + 1}"


def sources(folder: Path) -> list[Source]:
    return [Source(path) for path in sorted(folder.rglob("*.bicep"))]


def text(node: Node) -> str:
    return (node.text or b"").decode()


def every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from every(child)


def of_type(node: Node, *types: str) -> Iterator[Node]:
    return (each for each in every(node) if each.type in types)


def properties(node: Node) -> Iterator[tuple[str, Node]]:
    """Each key of an object with its value; nested resources are not among them."""
    for child in node.named_children:
        if child.type == "object_property" and len(child.named_children) > 1:
            key, value = child.named_children[:2]
            yield text(key).strip("'"), value


def literal(node: Node | None) -> str | None:
    """The text of a string without interpolation."""
    if node is None or node.type != "string" or any(of_type(node, "interpolation")):
        return None
    return "".join(text(part) for part in of_type(node, "string_content"))


def loop_names(loop: Node) -> set[str]:
    named = {text(node) for node in of_type(loop, *LOOP_NAMES)}
    first = loop.named_children[0]
    return named | ({text(first)} if first.type == "identifier" else set())


def ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def _is_use(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in ("metadata_declaration", "type_declaration"):
        return False
    is_first = parent.named_children[0] == node
    names = (*DECLARATIONS, "object_property", "call_expression", "for_statement")
    return not (is_first and parent.type in names)


def _argument(call: Node) -> Node | None:
    arguments = next(of_type(call, "arguments"), None)
    return arguments.named_children[0] if arguments and arguments.named_children else None


def _decorators(node: Node) -> tuple[Node, ...]:
    before = node.prev_named_sibling
    while before is not None and before.type == "comment":
        before = before.prev_named_sibling
    return (before,) if before is not None and before.type == "decorators" else ()


def _outermost_objects(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.type == "object":
            yield child
        elif child.type in ("if_statement", "for_statement"):
            yield from _outermost_objects(child)


def _prev(node: Node) -> str:
    return node.prev_sibling.type if node.prev_sibling is not None else ""
