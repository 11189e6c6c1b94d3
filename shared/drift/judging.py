"""Which of the places that were not known are news: pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from shared.drift.model import Drifted, Field, Known, Place, Strange
from shared.drift.samples import sample
from shared.platform.setting_groups import TypeChanges

MOST_FIELDS = 1_000
"""Of a feed; a supplier that uses ids as keys fills no table."""
ELEMENTS = "[]"


def fields(
    strange: Strange, known: Collection[Known], policy: TypeChanges, *, baseline: bool
) -> list[Field]:
    """What to keep: of a new object the object is news and not its parts, of a path one type."""
    types = _types_by_path(known)
    found = {place: value for place, value in strange.items() if not _is_known(place, types)}
    paths = {place.path for place in found}
    room = MOST_FIELDS - len(known)
    kept: list[Field] = []
    told: set[str] = set()
    for place in sorted(found, key=lambda place: (place.path not in types, place.type == "null")):
        if place.path not in types and room <= len(kept):
            continue
        before = types.get(place.path, frozenset())
        again = place.path in told and not before
        drift = None if baseline or again else _drift(place, before, paths)
        told.add(place.path)
        kept.append(
            Field(
                place,
                sample(place.path, found[place]),
                drift,
                tuple(sorted(before - {"null"})),
                _policy(drift, policy),
            )
        )
    return kept


def _drift(place: Place, before: Collection[str], strange: Collection[str]) -> Drifted | None:
    """Null says nothing of a type, an array's first elements are no news, and parts go along."""
    if before:
        changed = place.type != "null" and bool(set(before) - {"null"})
        return "type_changed" if changed else None
    part = any(around in strange for around in _around(place.path))
    return None if part or place.path.endswith(ELEMENTS) else "new_field"


def _around(path: str) -> Iterator[str]:
    return (path[:n] for n, letter in enumerate(path) if letter in ".[")


def _policy(drift: Drifted | None, policy: TypeChanges) -> TypeChanges | None:
    if drift is None:
        return None
    return policy if drift == "type_changed" else "warn"


def _types_by_path(known: Iterable[Known]) -> Mapping[str, frozenset[str]]:
    in_order = sorted(known, key=lambda one: one.path)
    by_path = groupby(in_order, key=lambda one: one.path)
    return {path: frozenset(one.type for one in of_path) for path, of_path in by_path}


def _is_known(place: Place, types: Mapping[str, frozenset[str]]) -> bool:
    return place.type in types.get(place.path, ())
