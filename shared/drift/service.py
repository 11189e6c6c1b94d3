"""Payloads looked at as they come; what was not there before is kept once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from psycopg import Connection

from shared.drift import judging, queries
from shared.drift.model import Drift, Field, Known, Place, Strange, TypeChanged
from shared.drift.samples import sample
from shared.drift.shapes import Shapes
from shared.feeds.model import Item
from shared.platform.setting_groups import TypeChanges
from shared.platform.settings import settings

ALL_OF = 20
ONE_IN = 4

_shapes: defaultdict[tuple[str, str, TypeChanges], Shapes] = defaultdict(Shapes)


@dataclass(frozen=True)
class Looked:
    """What was found in some payloads, each known by its hash."""

    fields: list[Field]
    """To be kept."""
    faults: Mapping[bytes, TypeChanged]
    """Payloads that the policy keeps off."""


NOTHING_STRANGE = Looked([], {})


def look(conn: Connection, feed: str, run_id: UUID, payloads: Mapping[bytes, Item]) -> Looked:
    """Of many some, spread; all where a changed type is kept off.

    Nothing is asked of the database while payloads are like those before.
    """
    policy = settings().ingest.type_changes
    shapes = _shapes_of(feed, policy)
    strange = _strange(shapes, _spread(payloads) if policy == "warn" else payloads)
    if not strange:
        return NOTHING_STRANGE
    known = queries.list_fields(conn, feed=feed)
    shapes.learn({one.place for one in known if policy == "warn" or not one.disputed})
    baseline = queries.is_baseline(conn, feed=feed, run_id=run_id)
    together: Strange = {}
    for found in strange.values():
        together = found | together
    fields = judging.fields(together, known, policy, baseline=baseline)
    return Looked(fields, _faults(strange, known, fields, policy))


def held_back(conn: Connection, feed: str, payloads: Mapping[bytes, Item]) -> Looked:
    """Of payloads that came earlier, those with a changed type that nobody has accepted yet."""
    if settings().ingest.type_changes == "warn":
        return NOTHING_STRANGE
    known = queries.list_fields(conn, feed=feed)
    if not any(one.disputed for one in known):
        return NOTHING_STRANGE
    strange = _strange(Shapes({one.place for one in known if not one.disputed}), payloads)
    return Looked([], _faults(strange, known, [], "quarantine"))


def keep(conn: Connection, feed: str, run_id: UUID, fields: list[Field]) -> list[Drift]:
    """What drifted and is nobody else's news."""
    if not fields:
        return []
    return queries.insert_fields(conn, feed=feed, run_id=run_id, fields=fields)


def _shapes_of(feed: str, policy: TypeChanges) -> Shapes:
    return _shapes[settings().database.url.get_secret_value(), feed, policy]


def _spread(payloads: Mapping[bytes, Item]) -> Mapping[bytes, Item]:
    if len(payloads) <= ALL_OF:
        return payloads
    return dict(islice(payloads.items(), None, None, ONE_IN))


def _strange(shapes: Shapes, payloads: Mapping[bytes, Item]) -> dict[bytes, Strange]:
    return {digest: found for digest, item in payloads.items() if (found := shapes.strange(item))}


def _faults(
    strange: Mapping[bytes, Strange],
    known: list[Known],
    fields: list[Field],
    policy: TypeChanges,
) -> dict[bytes, TypeChanged]:
    if policy == "warn":
        return {}
    changed = {field.place: field for field in fields if field.drift == "type_changed"}
    changed |= {one.place: _again(one, known) for one in known if one.disputed}
    return {
        digest: TypeChanged(_as_told(changed[place], found), fails=policy == "fail")
        for digest, found in strange.items()
        if (place := next((place for place in found if place in changed), None))
    }


def _again(one: Known, known: list[Known]) -> Field:
    before = {other.type for other in known if other.path == one.path and not other.disputed}
    return Field(one.place, "", "type_changed", tuple(sorted(before - {"null"})), "quarantine")


def _as_told(field: Field, found: Mapping[Place, object]) -> Field:
    """With what this very payload says."""
    return field._replace(sample=sample(field.place.path, found[field.place]))
