"""Mapping again what is stored: no supplier is asked, only what comes out different is queued.

A reconsolidation walks over the raw stones and then the quarantine, a replay over the quarantine.
"""

from time import monotonic
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Feed, Unmappable
from shared.ingestion import runs, staging, writing
from shared.ingestion.model import Row
from shared.ingestion.replaying import replay
from shared.platform import db, exact_json
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.platform.sql import queries

log = Log("ingestion.restaging")

SQL = queries("pages")
BATCH = 1_000
QUARANTINE = "quarantine:"
THE_QUARANTINE = f"{QUARANTINE}0"
"""Where the walk over the raw stones ends and the one over the quarantine begins."""


class StoredPayload(Row):
    supplier_stone_id: str
    payload_hash: bytes
    payload: str


class StagedVersion(Row):
    diamond_id: UUID
    content_hash: bytes
    mapper_version: int


def restage(run_id: UUID, after: str | None) -> str | None:
    """Map stored payloads from `after` on for a bounded time; answers where to go on, or None."""
    deadline = monotonic() + settings().ingest.seconds_per_activity
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
    feed = registry.feed(run.feed)
    place: str | None = after or (THE_QUARANTINE if run.run_type == "replay" else "")
    while place is not None and monotonic() < deadline:
        place = _step(feed, run_id, place)
    return place


def _step(feed: Feed, run_id: UUID, place: str) -> str | None:
    with db.transaction() as conn:
        if place.startswith(QUARANTINE):
            last = replay(conn, feed, run_id, int(place.removeprefix(QUARANTINE)))
            return None if last is None else f"{QUARANTINE}{last}"
        return _restage_raw(conn, feed, place)


def _restage_raw(conn: Connection, feed: Feed, after: str) -> str:
    rows = db.many(conn, SQL["list_raw"], StoredPayload, feed=feed.name, after=after, limit=BATCH)
    mapped = [(stone, row.payload_hash) for row in rows if (stone := _mapped(feed, row.payload))]
    hashes = {stone.diamond_id: payload_hash for stone, payload_hash in mapped}
    before = {
        row.diamond_id: (row.content_hash, row.mapper_version)
        for row in db.many(conn, SQL["list_staged_versions"], StagedVersion, ids=list(hashes))
    }
    different = [
        stone
        for stone, _ in mapped
        if before.get(stone.diamond_id) != (staging.content_hash(stone), feed.mapper_version)
    ]
    if different:
        writing.restage(conn, feed, different, hashes)
    return rows[-1].supplier_stone_id if rows else THE_QUARANTINE


def _mapped(feed: Feed, payload: str) -> Stone | None:
    """What was mapped once but cannot be now keeps its staged row; the next run says why."""
    try:
        return feed.stone(exact_json.loads(payload))
    except Unmappable as fault:
        log.warning("stored stone cannot be mapped", feed=feed.name, reason=str(fault))
        return None
