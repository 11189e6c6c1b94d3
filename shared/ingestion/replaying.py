"""Quarantined listings mapped again, with what is on file of their stones and nothing else.

A stone on file was mapped from what is stored; nothing in the quarantine depends on any other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import Stone
from shared.drift import service as drift
from shared.drift.model import TypeChanged
from shared.feeds.model import Feed, Unmappable
from shared.ingestion import quarantine, staging, writing
from shared.ingestion.quarantine import NO_PRICE, Filed, Quarantined, Resolution
from shared.ingestion.staging import Listing, Sorted
from shared.platform import exact_json
from shared.platform.log import Log
from shared.quality import service as quality
from shared.quality.checks import NO_RULES, Checks
from shared.quality.model import RunRule

log = Log("ingestion.replaying")

BATCH = 1_000
DONE = None
STORED = "stored"
"""Where, instead of in a partition, rules caught what no supplier was asked for."""


@dataclass
class Replayed:
    """What became of a batch; a listing that is not mentioned waits as it did."""

    rules: Checks
    changed: Mapping[bytes, TypeChanged]
    write: dict[UUID, tuple[Quarantined, Listing, Stone]] = field(default_factory=dict)
    fates: dict[int, Resolution] = field(default_factory=dict)
    faults: dict[int, Unmappable] = field(default_factory=dict)
    hits: list[tuple[RunRule, str]] = field(default_factory=list)


def replay(
    conn: Connection, feed: Feed, run_id: UUID, after: int, rules: Checks = NO_RULES
) -> int | None:
    """Map a batch of waiting listings again; answers the last one's id, or None at the end.

    Raises RunRefused.
    """
    rows = quarantine.list_replayable(conn, feed=feed.name, after=after, limit=BATCH)
    read = [(row, _read(feed, row)) for row in rows]
    listings = [found for _, found in read if isinstance(found, Listing)]
    payloads = {listing.payload_hash: listing.item for listing in listings}
    done = Replayed(rules, drift.held_back(conn, feed.name, payloads).faults)
    filed = _filed(conn, feed, listings)
    for row, found in read:
        fault = found if isinstance(found, Unmappable) else _sort(feed, done, filed, row, found)
        if fault and (row.field, row.reason) != (fault.field, fault.reason):
            done.faults[row.id] = fault
    _keep(conn, feed, run_id, done)
    log.info("quarantine replayed", feed=feed.name, tried=len(rows), resolved=len(done.fates))
    return rows[-1].id if len(rows) == BATCH else DONE


def fate(listing: Listing, filed: Filed | None) -> Resolution:
    """Whether the listing joins what is on file of its stone, or something newer is known of it.

    The supplier's own stamps decide between two listings; where they are equal or missing, and
    against a sweep, the later seen is the newer.
    """
    if filed is None or (filed.payload_hash == listing.payload_hash and not filed.gone):
        return "moved"
    seen_later = listing.told_at is None or listing.told_at >= filed.told_at
    if filed.gone:
        return "moved" if seen_later else "gone"
    mine, theirs = listing.identity.source_updated_at, filed.source_updated_at
    newer = mine > theirs if mine and theirs and mine != theirs else seen_later
    return "moved" if newer else "superseded"


def _read(feed: Feed, row: Quarantined) -> Listing | Unmappable:
    listings, broken = staging.identified(feed, [exact_json.loads(row.payload)])
    if broken:
        return Unmappable(broken[0].field, broken[0].reason)
    return replace(listings[0], told_at=row.last_seen_at)


def _filed(conn: Connection, feed: Feed, listings: Sequence[Listing]) -> dict[str, Filed]:
    ids = sorted({listing.identity.supplier_stone_id for listing in listings})
    found = quarantine.list_filed(conn, feed=feed.name, stone_ids=ids)
    return {one.supplier_stone_id: one for one in found}


def _sort(
    feed: Feed, done: Replayed, filed: dict[str, Filed], row: Quarantined, listing: Listing
) -> Unmappable | None:
    try:
        if changed := done.changed.get(listing.payload_hash):
            raise changed
        stone = staging.judged(feed.stone(listing.item), done.rules, done.hits)
    except Unmappable as fault:
        staging.caught(listing, fault)
        return fault
    resolution = fate(listing, filed.get(stone.supplier_stone_id))
    if resolution != "moved":
        done.fates[row.id] = resolution
        return None
    if stone.diamond_id in done.write:
        done.fates[done.write[stone.diamond_id][0].id] = "superseded"
    if row.field != NO_PRICE:
        done.fates[row.id] = resolution
    done.write[stone.diamond_id] = (row, listing, stone)
    filed[stone.supplier_stone_id] = _on_file(listing, row)
    return None


def _on_file(listing: Listing, row: Quarantined) -> Filed:
    return Filed(
        supplier_stone_id=listing.identity.supplier_stone_id,
        payload_hash=listing.payload_hash,
        source_updated_at=listing.identity.source_updated_at,
        told_at=row.last_seen_at,
        gone=False,
    )


def _keep(conn: Connection, feed: Feed, run_id: UUID, done: Replayed) -> None:
    write = [(listing, stone) for _, listing, stone in done.write.values()]
    page = Sorted(write=write, replaced={stone.supplier_stone_id for _, stone in write})
    writing.keep(conn, feed, run_id, page)
    quality.count(conn, run_id, STORED, done.hits)
    quarantine.resolve(conn, run_id=run_id, fates=done.fates)
    if done.faults:
        quarantine.restate(conn, mapper_version=feed.mapper_version, faults=done.faults)
