"""Mapping again what is stored: no supplier is asked, only what comes out different is queued.

A reconsolidation walks over the raw stones and then the quarantine, a replay over the quarantine.
"""

from collections.abc import Sequence
from time import monotonic
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Feed, Unmappable
from shared.ingestion import runs, staging, writing
from shared.ingestion.model import Row
from shared.ingestion.replaying import STORED, replay
from shared.ingestion.staging import BreaksRule, RunRefused, Sorted
from shared.platform import db, exact_json
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.platform.sql import queries
from shared.quality import service as quality
from shared.quality.checks import Checks

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


Mapped = tuple[StoredPayload, Stone]


def restage(run_id: UUID, after: str | None) -> str | None:
    """Map stored payloads from `after` on for a bounded time; answers where to go on, or None.

    A rule that refuses the run ends it here; one that goes on although, has mapped enough.
    """
    deadline = monotonic() + settings().ingest.seconds_per_activity
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
        rules = quality.checks_of(conn, run_id)
    if run.refused or run.forced_by:
        return None
    feed = registry.feed(run.feed)
    place: str | None = after or (THE_QUARANTINE if run.run_type == "replay" else "")
    try:
        while place is not None and monotonic() < deadline:
            place = _step(feed, run_id, place, rules)
    except RunRefused as why:
        with db.transaction() as conn:
            writing.stop(conn, feed, run_id, STORED, why)
        return None
    return place


def _step(feed: Feed, run_id: UUID, place: str, rules: Checks) -> str | None:
    with db.transaction() as conn:
        if place.startswith(QUARANTINE):
            last = replay(conn, feed, run_id, int(place.removeprefix(QUARANTINE)), rules)
            return None if last is None else f"{QUARANTINE}{last}"
        return _restage_raw(conn, feed, run_id, place, rules)


def _restage_raw(conn: Connection, feed: Feed, run_id: UUID, after: str, rules: Checks) -> str:
    rows = db.many(conn, SQL["list_raw"], StoredPayload, feed=feed.name, after=after, limit=BATCH)
    mapped = [(row, stone) for row in rows if (stone := _mapped(feed, row.payload))]
    page, different = Sorted(), _different(conn, feed, mapped)
    sound = [stone for row, stone in different if _is_sound(feed, page, row, stone, rules)]
    if sound:
        hashes = {stone.diamond_id: row.payload_hash for row, stone in different}
        writing.restage(conn, feed, sound, hashes)
    writing.keep(conn, feed, run_id, page)
    quality.count(conn, run_id, STORED, page.hits)
    return rows[-1].supplier_stone_id if rows else THE_QUARANTINE


def _different(conn: Connection, feed: Feed, mapped: Sequence[Mapped]) -> list[Mapped]:
    """What comes out otherwise than it is staged."""
    ids = [stone.diamond_id for _, stone in mapped]
    before = {
        row.diamond_id: (row.content_hash, row.mapper_version)
        for row in db.many(conn, SQL["list_staged_versions"], StagedVersion, ids=ids)
    }
    return [
        (row, stone)
        for row, stone in mapped
        if before.get(stone.diamond_id) != (staging.content_hash(stone), feed.mapper_version)
    ]


def _is_sound(feed: Feed, page: Sorted, row: StoredPayload, stone: Stone, rules: Checks) -> bool:
    """Whether no rule keeps it off; if one does, it stays as it is staged."""
    try:
        staging.judged(stone, rules, page.hits)
    except BreaksRule as fault:
        (listing,), _ = staging.identified(feed, [exact_json.loads(row.payload)])
        page.broken.append(staging.caught(listing, fault))
        return False
    return True


def _mapped(feed: Feed, payload: str) -> Stone | None:
    """What was mapped once but cannot be now keeps its staged row; the next run says why."""
    try:
        return feed.stone(exact_json.loads(payload))
    except Unmappable as fault:
        log.warning("stored stone cannot be mapped", feed=feed.name, reason=str(fault))
        return None
