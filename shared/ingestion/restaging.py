"""Mapping again what is stored: no supplier is asked, only what comes out different is queued."""

from datetime import datetime
from time import monotonic
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Feed, Unmappable
from shared.ingestion import runs, staging, writing
from shared.ingestion.model import Row
from shared.platform import db, exact_json
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.platform.sql import queries

log = Log("ingestion.restaging")

SQL = queries("pages")
BATCH = 1_000
DONE = None
QUARANTINE = "quarantine:"
"""Where the walk over the raw stones ends and the one over the quarantine begins."""


class StoredPayload(Row):
    supplier_stone_id: str
    payload_hash: bytes
    payload: str


class StagedVersion(Row):
    diamond_id: UUID
    content_hash: bytes
    mapper_version: int


class Quarantined(Row):
    id: int
    supplier_stone_id: str | None
    payload: str


class QuarantineItem(Quarantined):
    feed: str
    field: str
    reason: str
    mapper_version: int
    seen: int
    first_seen_at: datetime
    last_seen_at: datetime


def restage(run_id: UUID, after: str | None) -> str | None:
    """Map stored payloads from `after` on for a bounded time; answers where to go on, or None."""
    deadline = monotonic() + settings().ingest.seconds_per_activity
    with db.transaction() as conn:
        feed = registry.feed(runs.get_run(conn, run_id).feed)
    place: str | None = after or ""
    while place is not DONE and monotonic() < deadline:
        place = _step(feed, run_id, place)
    return place


def list_quarantine(
    conn: Connection, *, feed: str | None, before: int | None, limit: int
) -> list[QuarantineItem]:
    return db.many(
        conn, SQL["list_quarantine"], QuarantineItem, feed=feed, before=before, limit=limit
    )


def _step(feed: Feed, run_id: UUID, place: str) -> str | None:
    with db.transaction() as conn:
        if place.startswith(QUARANTINE):
            return _replay(conn, feed, run_id, int(place.removeprefix(QUARANTINE)))
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
    return rows[-1].supplier_stone_id if rows else f"{QUARANTINE}0"


def _mapped(feed: Feed, payload: str) -> Stone | None:
    """What was mapped once but cannot be now keeps its staged row; the next run says why."""
    try:
        return feed.stone(exact_json.loads(payload))
    except Unmappable as fault:
        log.warning("stored stone cannot be mapped", feed=feed.name, reason=str(fault))
        return None


def _replay(conn: Connection, feed: Feed, run_id: UUID, after: int) -> str | None:
    """Quarantined listings that map by now join the raw stones; the others stay."""
    rows = db.many(
        conn, SQL["list_replayable"], Quarantined, feed=feed.name, after=after, limit=BATCH
    )
    items = [exact_json.loads(row.payload) for row in rows]
    listings, nobody = staging.identified(feed, items)
    page = staging.sort_page(
        feed, listings, nobody, first_seen=(), known=writing.known(conn, feed, listings)
    )
    unreadable = {broken.payload for broken in page.broken}
    page.broken.clear()
    writing.keep(conn, feed, run_id, page)
    pairs = zip(rows, items, strict=True)
    resolved = [row.id for row, item in pairs if exact_json.canonical(item) not in unreadable]
    db.execute(conn, SQL["resolve_quarantine"], ids=resolved)
    log.info("quarantine replayed", feed=feed.name, tried=len(rows), resolved=len(resolved))
    return f"{QUARANTINE}{rows[-1].id}" if rows else DONE
