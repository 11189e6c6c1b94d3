"""ASP.NET route templates: `orders/{id:int}/{part?}`, `files/{*path}`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from local.host.errors import BrokenApp
from local.host.index import Function

CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}",
    "alpha": r"[a-z]+",
    "bool": r"true|false",
    "decimal": r"-?\d+(?:\.\d+)?",
    "double": r"-?\d+(?:\.\d+)?",
}
PARAMETER = re.compile(r"\{(?P<star>\**)(?P<name>\w+)(?::(?P<constraint>\w+))?(?P<optional>\??)\}")
LITERAL, CONSTRAINED, FREE, REST = range(4)


@dataclass(frozen=True)
class Route:
    function: Function
    template: str
    pattern: re.Pattern[str]
    rank: tuple[int, ...]
    methods: frozenset[str]


class Router:
    """Finds the function for a path: literal before constrained before free before the rest."""

    def __init__(self, prefix: str, functions: Iterable[Function]) -> None:
        self.routes = sorted((route(prefix, f) for f in functions), key=lambda r: r.rank)

    def find(self, method: str, raw_path: str) -> tuple[Function, Mapping[str, str]] | None:
        for candidate in self.routes:
            match = candidate.pattern.fullmatch(raw_path.strip("/"))
            if match and (not candidate.methods or method in candidate.methods):
                found = {k: unquote(v) for k, v in match.groupdict().items() if v is not None}
                return candidate.function, found
        return None


def route(prefix: str, function: Function) -> Route:
    template = function.trigger.get("route", function.name).strip("/")
    segments = [s for s in [*prefix.split("/"), *template.split("/")] if s]
    pattern, ranks = "", []
    for segment in segments:
        text, rank = compile_segment(segment, function)
        separator = "/" if pattern else ""
        optional = segment.endswith("?}") or rank == REST
        pattern += f"(?:{separator}{text})?" if optional else separator + text
        ranks.append(rank)
    methods = frozenset(m.upper() for m in function.trigger.get("methods", ()))
    compiled = re.compile(pattern, re.IGNORECASE)
    return Route(function, "/".join(segments), compiled, tuple(ranks), methods)


def compile_segment(segment: str, function: Function) -> tuple[str, int]:
    text, rank, position = "", LITERAL, 0
    for match in PARAMETER.finditer(segment):
        value, value_rank = compile_parameter(match, function)
        text += literal(segment[position : match.start()], function) + value
        rank, position = max(rank, value_rank), match.end()
    return text + literal(segment[position:], function), rank


def compile_parameter(match: re.Match[str], function: Function) -> tuple[str, int]:
    if match["star"]:
        return f"(?P<{match['name']}>.*)", REST
    constraint = match["constraint"]
    if constraint is None:
        return f"(?P<{match['name']}>[^/]+)", FREE
    if constraint not in CONSTRAINTS:
        raise BrokenApp(f"function {function.name}: no route constraint {constraint!r} here")
    return f"(?P<{match['name']}>{CONSTRAINTS[constraint]})", CONSTRAINED


def literal(text: str, function: Function) -> str:
    if "{" in text or "}" in text:
        raise BrokenApp(f"function {function.name}: cannot read the route part {text!r}")
    return re.escape(text)
