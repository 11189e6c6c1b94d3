"""Whether resources set properties that Azure knows, against `arm_types.json`.

The table holds what these templates set, with its neighbours, from Microsoft's own descriptions:
the npm package @azure/mcp 2.0.5 (`bicepschema get`) and the PyPI packages azure-mgmt-durabletask,
-monitor, -postgresqlflexibleservers and -privatedns; all MIT. An object is a map of properties
(`*`: any name), a list has one element, a text is a type or the values allowed, separated by `|`;
`!` marks what is required, null what nobody has used yet.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tree_sitter import Node

from tests.infra.source import Source, literal, properties

TABLE = Path(__file__).parent / "arm_types.json"
OF_BICEP = {"parent", "scope", "dependsOn", "name"}


@cache
def types() -> dict[str, Any]:
    return dict(json.loads(TABLE.read_text()))


def takes_tags(resource_type: str) -> bool:
    return not {"tags", "tags!"}.isdisjoint(types().get(resource_type, {}))


def findings(source: Source) -> Iterator[str]:
    for each in source.of_kind("resource").values():
        if each.type not in types():
            yield f"{source.line(each.node)}: {each.type} is not in arm_types.json"
        elif each.body is not None:
            known = types()[each.type] | dict.fromkeys(OF_BICEP, "any")
            found = _object(source, each.body, known, each.name)
            yield from (finding for finding in found if not each.is_existing)


def _value(source: Source, node: Node, known: Any, path: str) -> Iterator[str]:
    match node.type, known:
        case "object", dict():
            yield from _object(source, node, known, path)
        case "array", [element]:
            for child in node.named_children:
                yield from _value(source, child, element, path)
        case ("for_statement", _):
            body = node.named_children[-1]
            yield from _value(source, body, known[0] if isinstance(known, list) else known, path)
        case ("object", str()) if known != "any":
            yield f"{source.line(node)}: {path} is no object but {known}"
        case ("string", str()) if "|" in known:
            said = literal(node)
            if said is not None and said not in known.split("|"):
                yield f"{source.line(node)}: {path} cannot be {said!r}, only {known}"


def _object(source: Source, node: Node, known: dict[str, Any], path: str) -> Iterator[str]:
    said = dict(properties(node))
    required = {name[:-1] for name in known if name.endswith("!")}
    for key in required - said.keys() - {"name"}:
        yield f"{source.line(node)}: Azure needs {path}.{key}"
    described = {name.rstrip("!"): inside for name, inside in known.items()}
    for key, value in said.items():
        inside = f"{path}.{key}"
        if key not in described and "*" not in described:
            yield f"{source.line(value)}: Azure knows no {inside}"
        elif described.get(key, "*") is None:
            yield f"{source.line(value)}: {inside} is not described in arm_types.json"
        else:
            yield from _value(source, value, described.get(key, described.get("*")), inside)
