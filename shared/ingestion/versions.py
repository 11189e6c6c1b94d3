"""What suppliers said of a stone, now and before, and how that differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from re import compile as pattern
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from shared.feeds.model import Feed
from shared.ingestion.model import Row
from shared.ingestion.staging import Listing
from shared.platform import db, exact_json
from shared.platform.errors import NotFound
from shared.platform.settings import settings
from shared.platform.sql import queries

SQL = queries("payloads")
PLAIN = pattern(r"[A-Za-z_]\w*")


class PayloadNotFound(NotFound):
    """Only the last few payloads of a stone are kept."""

    code = "PAYLOAD_NOT_FOUND"


class Told(Row):
    """One payload; `version` is None while it is the one on file."""

    version: int | None
    run_id: UUID
    payload: str
    source_updated_at: datetime | None
    told_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True)
class Difference:
    """At a place in the payload; what was added had no value before, what was removed has none."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


def keep(conn: Connection, feed: Feed, listings: Sequence[Listing]) -> None:
    """Put aside what is on file of stones that are about to get these listings."""
    versions = settings().ingest.payload_versions
    if not (versions and listings):
        return
    db.execute(
        conn,
        SQL["keep_versions"],
        feed=feed.name,
        stone_ids=[listing.identity.supplier_stone_id for listing in listings],
        hashes=[listing.payload_hash for listing in listings],
        versions=versions,
    )


def list_told(conn: Connection, diamond_id: UUID) -> list[Told]:
    """The one on file, then earlier ones, the newest first; raises PayloadNotFound."""
    found = db.many(conn, SQL["list_payloads"], Told, diamond_id=diamond_id)
    if not found:
        raise PayloadNotFound(f"Nothing that a supplier said of stone {diamond_id} is kept.")
    return found


def between(told: Sequence[Told], earlier: int | None, later: int | None) -> tuple[Told, Told]:
    """The two named; unnamed, the one on file and the one before. Raises PayloadNotFound."""
    by_version = {one.version: one for one in told}
    if earlier is None and len(told) == 1:
        raise PayloadNotFound("The stone has no earlier payload.")
    first = told[1].version if earlier is None else earlier
    for version in (first, later):
        if version not in by_version:
            raise PayloadNotFound(f"The stone has no payload {version} any more.")
    return by_version[first], by_version[later]


def differences(before: Any, after: Any, path: str = "$") -> Iterator[Difference]:
    """What differs, place by place; a list is compared by position, numbers by their digits."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        mine, theirs = dict(enumerate(before)), dict(enumerate(after))
        yield from _of_places(mine, theirs, {n: f"{path}[{n}]" for n in mine | theirs})
    elif exact_json.canonical(before) != exact_json.canonical(after):
        yield Difference(path, "changed", before, after)


def _of_objects(
    before: Mapping[str, Any], after: Mapping[str, Any], path: str
) -> Iterator[Difference]:
    return _of_places(before, after, {n: f"{path}{_step(n)}" for n in sorted({*before, *after})})


def _of_places(
    before: Mapping[Any, Any], after: Mapping[Any, Any], paths: Mapping[Any, str]
) -> Iterator[Difference]:
    for name, path in paths.items():
        if name not in before:
            yield Difference(path, "added", after=after[name])
        elif name not in after:
            yield Difference(path, "removed", before=before[name])
        else:
            yield from differences(before[name], after[name], path)


def _step(name: str) -> str:
    return f".{name}" if PLAIN.fullmatch(name) else f"[{exact_json.dumps(name).decode()}]"
