"""What is wrong with a folder of Bicep files, as far as it can be seen without Azure's compiler."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

from pycep import BicepParser
from tree_sitter import Node

from tests.infra import arm
from tests.infra.source import (
    Declaration,
    Source,
    ancestors,
    every,
    literal,
    loop_names,
    of_type,
    properties,
    sources,
    text,
)

FUNCTIONS = frozenset(
    [
        "allowed",
        "array",
        "base64",
        "concat",
        "contains",
        "createObject",
        "deployer",
        "deployment",
        "description",
        "empty",
        "endsWith",
        "environment",
        "first",
        "guid",
        "int",
        "items",
        "join",
        "last",
        "length",
        "loadJsonContent",
        "loadTextContent",
        "managementGroup",
        "max",
        "maxLength",
        "maxValue",
        "min",
        "minLength",
        "minValue",
        "newGuid",
        "range",
        "replace",
        "resourceGroup",
        "resourceId",
        "secure",
        "split",
        "startsWith",
        "string",
        "subscription",
        "subscriptionResourceId",
        "substring",
        "take",
        "tenant",
        "toLower",
        "toUpper",
        "trim",
        "union",
        "uniqueString",
        "uriComponent",
        "utcNow",
    ]
)
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
KEYS = re.compile(r"\blist(?!CallbackUrl\b)[A-Z]\w*")
SECRET = re.compile(r"password|webhook|token$|connectionString$", re.IGNORECASE)
NOT_SECRET = {"insightsConnectionString", "token"}
"""Application Insights takes telemetry by role only: knowing its address is no way in."""


def findings(folder: Path) -> list[str]:
    found = sources(folder)
    broken = list(chain.from_iterable(_syntax(source) for source in found))
    if broken:
        return broken
    roles = json.loads((folder / "roles.json").read_text())
    each = (_undeclared, _unused, _untagged, _keys, _secrets, _unbounded, arm.findings)
    return [
        *(finding for source in found for rule in each for finding in rule(source)),
        *(finding for source in found for finding in _modules(source)),
        *(finding for source in found for finding in _files(source)),
        *(finding for source in found for finding in _roles(source, roles)),
    ]


def _syntax(source: Source) -> Iterator[str]:
    for node in every(source.root):
        if node.type == "ERROR" or node.is_missing:
            yield f"{source.line(node)}: not Bicep (tree-sitter): {text(node)[:60]!r}"
            return
    said = _strictly(source.path.read_text())
    if said:
        yield f"{source.path.name}: not Bicep (pycep): {said}"


@cache
def _strictly(text: str) -> str:
    """What the stricter and slower of the two parsers says; it is what Checkov sees with."""
    try:
        BicepParser().parse(text=text)
    except Exception as error:  # noqa: BLE001 - its grammar raises many kinds
        return str(error).splitlines()[0]
    return ""


def _undeclared(source: Source) -> Iterator[str]:
    declared = source.of_kind("param", "var", "resource", "module").keys()
    for node in source.uses:
        loops = [each for each in ancestors(node) if each.type == "for_statement"]
        local = set().union(*(loop_names(loop) for loop in loops))
        if text(node) not in declared and text(node) not in local:
            yield f"{source.line(node)}: {text(node)} is not declared"
    for call in source.calls:
        if call.isidentifier() and call not in FUNCTIONS:
            yield f"{source.path.name}: {call}() is not a function"


def _unused(source: Source) -> Iterator[str]:
    used = {text(node) for node in source.uses}
    for each in source.of_kind("param", "var").values():
        if each.name not in used:
            yield f"{source.line(each.node)}: {each.kind} {each.name} is not used"


def _untagged(source: Source) -> Iterator[str]:
    for each in source.of_kind("resource").values():
        set_here = dict(properties(each.body)) if each.body else {}
        if not each.is_existing and arm.takes_tags(each.type) and "tags" not in set_here:
            yield f"{source.line(each.node)}: {each.name} has no tags"


def _keys(source: Source) -> Iterator[str]:
    for call in source.calls:
        if KEYS.search(call):
            yield f"{source.path.name}: {call}() hands out a key"


def _secrets(source: Source) -> Iterator[str]:
    secure = {each.name for each in source.of_kind("param").values() if each.is_secure}
    for each in source.of_kind("param").values():
        if SECRET.search(each.name) and each.name not in secure | NOT_SECRET:
            yield f"{source.line(each.node)}: {each.name} is not marked @secure()"
    tainted = secure | {name for name, var in source.of_kind("var").items() if _says(var, secure)}
    for each in source.of_kind("output").values():
        if _says(each, tainted):
            yield f"{source.line(each.node)}: output {each.name} tells a secret"


def _says(declaration: Declaration, names: set[str]) -> bool:
    value = declaration.value
    return value is not None and any(
        text(node) in names for node in of_type(value, "identifier", "property_identifier")
    )


def _unbounded(source: Source) -> Iterator[str]:
    for each in source.of_kind("param").values():
        kind = next((text(node) for node in of_type(each.node, "type")), "")
        bounds = {name for name, _ in each.constraints}
        if kind == "int" and not bounds & {"minValue", "allowed"}:
            yield f"{source.line(each.node)}: {each.name} has no bounds"


def _modules(source: Source) -> Iterator[str]:
    modules = source.of_kind("module")
    for name, module in modules.items():
        path = source.path.parent / module.type
        if not path.exists() or path.name not in {file.name for file in path.parent.iterdir()}:
            yield f"{source.line(module.node)}: there is no module {module.type}"
            continue
        yield from _parameters(source, module, Source(path))
        yield from _outputs(source, name, Source(path))


def _parameters(source: Source, module: Declaration, called: Source) -> Iterator[str]:
    body = dict(properties(module.body)) if module.body else {}
    given = dict(properties(body["params"])).keys() if "params" in body else set()
    known = called.of_kind("param")
    where = source.line(module.node)
    for name in given - known.keys():
        yield f"{where}: {module.type} has no parameter {name}"
    for name in known.keys() - given:
        if known[name].default is None:
            yield f"{where}: {module.type} needs the parameter {name}"


def _outputs(source: Source, name: str, called: Source) -> Iterator[str]:
    asked = re.findall(rf"\b{name}(?:\[\w+\])?\.outputs\.(\w+)", text(source.root))
    for output in set(asked) - called.of_kind("output").keys():
        yield f"{source.path.name}: {called.path.name} has no output {output}"


def _files(source: Source) -> Iterator[str]:
    for call in of_type(source.root, "call_expression"):
        if text(call.named_children[0]) in ("loadTextContent", "loadJsonContent"):
            name = literal(next(of_type(call, "string")))
            if name is None or not (source.path.parent / name).exists():
                yield f"{source.line(call)}: there is no file {name}"


def _roles(source: Source, roles: dict[str, str]) -> Iterator[str]:
    for found in GUID.findall(text(source.root)):
        yield f"{source.path.name}: {found} belongs into roles.json"
    for node in of_type(source.root, "member_expression"):
        object_, member = node.named_children[0], node.named_children[-1]
        if text(object_) == "roles" and text(member) not in roles:
            yield f"{source.line(node)}: there is no role {text(member)} in roles.json"


def constraint(node: Node | None) -> list[str]:
    """What `@allowed` lists, or the one figure of another decorator."""
    if node is None:
        return []
    return [text(child).strip("'") for child in (node.named_children or [node])]
