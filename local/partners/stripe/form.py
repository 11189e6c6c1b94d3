"""Stripe's form encoding: brackets nest, indices and empty brackets make lists."""

import re
from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

WORD = re.compile(r"[^\[\]]+|\[\]")


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0]=x` is `{"a": {"b": ["x"]}}`."""
    found: Json = {}
    for name, value in pairs:
        *path, last = WORD.findall(name) or [name]
        place = found
        for step in path:
            inner = place.setdefault(_key(place, step), {})
            if not isinstance(inner, dict):  # `a=1&a[b]=2`
                inner = place[_key(place, step)] = {}
            place = inner
        place[_key(place, last)] = value
    return {name: _listed(value) for name, value in found.items()}


def bracketed(path: Iterable[str | int]) -> str:
    """How Stripe names a nested parameter: `a[b][0]`."""
    first, *rest = [str(step) for step in path] or [""]
    return first + "".join(f"[{step}]" for step in rest)


def empty(content: Any, path: tuple[str | int, ...] = ()) -> tuple[str | int, ...] | None:
    """Where an empty string stands that cannot unset anything; in metadata it may."""
    if content == "":
        return None if "metadata" in path else path
    inside: Iterable[tuple[str | int, Any]] = ()
    if isinstance(content, dict | list):
        inside = content.items() if isinstance(content, dict) else enumerate(content)
    return next((at for step, value in inside if (at := empty(value, (*path, step)))), None)


def _key(place: Json, step: str) -> str:
    return str(len(place)) if step == "[]" else step


def _listed(content: Any) -> Any:
    if not isinstance(content, dict):
        return content
    inner = {name: _listed(value) for name, value in content.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
