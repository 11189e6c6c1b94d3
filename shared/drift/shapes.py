"""What a payload is made of; what is known is passed at a glance."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any

from shared.drift.model import Place, Strange, Type
from shared.platform import exact_json

TYPES: Mapping[type, Type] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    NoneType: "null",
}
DEEPEST = 8
MOST_KEYS = 200
MOST_ELEMENTS = 100
MOST_LAYOUTS = 1_000
NESTED = (dict, list)
LONGEST_KEY = 60
PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
NOT_A_NAME = re.compile(r"[0-9]+|.*[0-9]{5}.*|[0-9a-fA-F-]{32,}", re.DOTALL)
"""A key that is somebody's id: such keys share one path."""


Nested = list[tuple[str, str]]
"""Keys that lead to more, each with its path."""


class Layout:
    """An object's keys at a path: where each leads, and what types they are known to hold."""

    __slots__ = ("known", "paths")

    def __init__(self, path: str, keys: Collection[str]) -> None:
        many = len(keys) > MOST_KEYS
        self.paths = [_below(path, key, many=many) for key in keys]
        self.known: dict[tuple[type, ...], Nested] = {}

    @property
    def lasts(self) -> bool:
        """Whether the next payload is likely to have the same keys."""
        return not any(path.endswith("*") for path in self.paths)


class Shapes:
    """What a process knows of a feed's payloads; known places only ever become more."""

    def __init__(self, known: Collection[Place] = ()) -> None:
        self.known = frozenset(known)
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def learn(self, known: Collection[Place]) -> None:
        self.known = frozenset(known)

    def strange(self, item: Any) -> Strange:
        """What of a payload is not known."""
        found: Strange = {}
        if isinstance(item, dict):
            self._object(item, "", 0, found)
        return found

    def _object(self, value: dict[str, Any], path: str, depth: int, found: Strange) -> None:
        layout = self._layouts.get((path, *value)) or self._laid_out(value, path)
        types = tuple(map(type, value.values()))
        nested = layout.known.get(types)
        if nested is None:
            nested = self._examined(layout, value, types, found)
        if nested and depth < DEEPEST:
            for key, below in nested:
                self._within(value[key], below, depth + 1, found)

    def _examined(
        self, layout: Layout, value: dict[str, Any], types: tuple[type, ...], found: Strange
    ) -> Nested:
        places = list(zip(value.items(), layout.paths, strict=True))
        known = [self._is_known(path, held, found) for (_, held), path in places]
        nested = [(key, path) for (key, held), path in places if type(held) in NESTED]
        if all(known) and len(layout.known) < MOST_LAYOUTS:
            layout.known[types] = nested
        return nested

    def _within(self, value: Any, path: str, depth: int, found: Strange) -> None:
        if isinstance(value, dict):
            self._object(value, path, depth, found)
            return
        below = f"{path}[]"
        for element in value[:MOST_ELEMENTS]:
            self._is_known(below, element, found)
            if type(element) in NESTED and depth < DEEPEST:
                self._within(element, below, depth + 1, found)

    def _laid_out(self, value: dict[str, Any], path: str) -> Layout:
        layout = Layout(path, value)
        if layout.lasts and len(self._layouts) < MOST_LAYOUTS:
            self._layouts[path, *value] = layout
        return layout

    def _is_known(self, path: str, value: Any, found: Strange) -> bool:
        place = (path, TYPES.get(type(value), "string"))
        if place in self.known:
            return True
        found.setdefault(Place(*place), value)
        return False


def _below(path: str, key: str, *, many: bool) -> str:
    if many or NOT_A_NAME.fullmatch(key):
        step = "*"
    else:
        step = key if PLAIN.fullmatch(key) else f"[{exact_json.dumps(key[:LONGEST_KEY]).decode()}]"
        step = step[: LONGEST_KEY + 4]
    return step if not path or step.startswith("[") else f"{path}.{step}"
