"""A page, or a few, is one transaction: raw rows, staged rows, queue, sightings and ledger."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import Stone
from shared.drift import service as drift
from shared.drift.model import TypeChanged
from shared.feeds.model import Feed, Item
from shared.ingestion import news, quarantine, queries, staging, versions
from shared.ingestion.model import KnownHash, OpenPartition
from shared.ingestion.staging import Listing, RunRefused, Sorted
from shared.platform import db
from shared.platform.log import Log
from shared.platform.sql import queries as load
from shared.quality import service as quality
from shared.quality.checks import NO_RULES, Checks

log = Log("ingestion.writing")

PAGES = load("pages")

STAGED = (*Stone._fields, "content_hash", "payload_hash", "mapper_version")
STAGED_TYPES = (
    *("uuid", "text", "text", "text", "text", "numeric"),
    *("text",) * 10,
    *("bool", "bool", "text", "numeric", "numeric", "text"),
    *("text",) * 5,
    *("numeric",) * 5,
    *("text", "timestamptz"),
    *("numeric",) * 4,
    *("text", "text", "bool"),
    *("text",) * 9,
    *("int2",) * 3,
    *("text", "text", "text[]", "text", "numeric", "text", "text", "text[]"),
    *("bytea", "bytea", "int4"),
)
NO_HASHES: Mapping[UUID, bytes] = MappingProxyType({})


class Overtaken(Exception):
    """The partition no longer stands where the page was fetched from, or its run goes no further.

    Nothing of the page may stay: the ledger would count it twice, or not at all.
    """


def write_pages(
    conn: Connection,
    feed: Feed,
    part: OpenPartition,
    items: list[Item],
    pages: int = 1,
    *,
    rules: Checks = NO_RULES,
) -> OpenPartition:
    """Write what so many pages listed; answers the partition as it stands behind them.

    Raises Overtaken, and RunRefused.
    """
    listings, broken = staging.identified(feed, items)
    sighted = _sighted(conn, part.run_id, listings)
    on_file = known(conn, feed, listings)
    changed = _drifted(conn, feed, part.run_id, staging.differing(listings, on_file))
    page = staging.sort_page(
        feed,
        listings,
        broken,
        first_seen=sighted,
        known=on_file,
        rules=rules,
        changed=changed,
    )
    keep(conn, feed, part.run_id, page)
    quality.count(conn, part.run_id, part.partition_id, page.hits)
    last = listings[-1].identity.supplier_stone_id if listings else None
    return _advance(conn, part, page, items=len(items), pages=pages, anchor=last)


def _drifted(
    conn: Connection, feed: Feed, run_id: UUID, payloads: Mapping[bytes, Item]
) -> Mapping[bytes, TypeChanged]:
    """What is not as it was is kept and told; answers what the policy keeps off."""
    looked = drift.look(conn, feed.name, run_id, payloads)
    news.drifted(conn, run_id, drift.keep(conn, feed.name, run_id, looked.fields))
    return looked.faults


def refuse(conn: Connection, feed: Feed, part: OpenPartition, why: RunRefused) -> None:
    """Stop the run of a page that a rule forbids, if the partition still stands at it."""
    if _still_here(conn, part):
        stop(conn, feed, part.run_id, part.partition_id, why)


def stop(conn: Connection, feed: Feed, run_id: UUID, where: str, why: RunRefused) -> None:
    """The stone goes to the quarantine, and the run no further."""
    quarantine.add(conn, feed, run_id, why.broken)
    if why.broken.changed:
        fields = [why.broken.changed.drift]
        news.drifted(conn, run_id, drift.keep(conn, feed.name, run_id, fields))
    if why.broken.rule:
        caught = (why.broken.rule, why.broken.supplier_stone_id or "")
        quality.count(conn, run_id, where, [caught])
    queries.refuse_run(conn, run_id=run_id, reason=str(why)[:1_000])
    log.warning("run refused", run_id=run_id, reason=str(why))


def end(conn: Connection, part: OpenPartition) -> bool:
    """Complete the partition, if it still stands where an empty page was fetched from."""
    return _still_here(conn, part) and queries.end_partition(
        conn,
        run_id=part.run_id,
        partition_id=part.partition_id,
        status="completed",
        error=None,
    )


def step_back(conn: Connection, part: OpenPartition, steps: int) -> None:
    """Read again from earlier on: stones before the offset have gone."""
    moved = db.value(
        conn,
        PAGES["step_back"],
        run_id=part.run_id,
        partition_id=part.partition_id,
        offset=part.next_offset,
        steps=steps,
    )
    log.info(
        "partition stepped back",
        run_id=part.run_id,
        partition=part.partition_id,
        was=part.next_offset,
        now=moved,
    )


def _still_here(conn: Connection, part: OpenPartition) -> bool:
    offset = db.value(
        conn,
        PAGES["lock_partition"],
        run_id=part.run_id,
        partition_id=part.partition_id,
        offset=part.next_offset,
    )
    return offset is not None


def _sighted(conn: Connection, run_id: UUID, listings: Sequence[Listing]) -> set[UUID]:
    ids = [listing.diamond_id for listing in listings]
    return set(db.values(conn, PAGES["insert_sightings"], run_id=run_id, ids=ids))


def known(conn: Connection, feed: Feed, listings: Sequence[Listing]) -> Mapping[str, KnownHash]:
    stone_ids = [listing.identity.supplier_stone_id for listing in listings]
    rows = db.many(conn, PAGES["list_known_hashes"], KnownHash, feed=feed.name, stone_ids=stone_ids)
    return {row.supplier_stone_id: row for row in rows}


def keep(conn: Connection, feed: Feed, run_id: UUID, page: Sorted) -> None:
    if page.write:
        listings = [listing for listing, _ in page.write]
        if page.replaced:
            known_before = [one for one in listings if _stone_id(one) in page.replaced]
            versions.keep(conn, feed, known_before)
        _upsert_raw(conn, feed, run_id, listings)
        hashes = {listing.diamond_id: listing.payload_hash for listing, _ in page.write}
        restage(conn, feed, [stone for _, stone in page.write], hashes)
    for broken in sorted(page.broken, key=lambda broken: broken.payload_hash):
        if not quarantine.add(conn, feed, run_id, broken):
            page.tally.quarantined -= 1
            page.tally.duplicate += 1
        elif broken.rule:
            page.hits.append((broken.rule, broken.supplier_stone_id or ""))


def _stone_id(listing: Listing) -> str:
    return listing.identity.supplier_stone_id


def _upsert_raw(conn: Connection, feed: Feed, run_id: UUID, listings: Sequence[Listing]) -> None:
    db.execute(
        conn,
        PAGES["upsert_raw"],
        feed=feed.name,
        run_id=run_id,
        stone_ids=[_stone_id(listing) for listing in listings],
        offer_ids=[listing.identity.offer_id for listing in listings],
        payloads=[listing.payload.decode() for listing in listings],
        hashes=[listing.payload_hash for listing in listings],
        updated=[listing.identity.source_updated_at for listing in listings],
        told=[listing.told_at for listing in listings],
    )


def restage(
    conn: Connection,
    feed: Feed,
    stones: Sequence[Stone],
    payload_hashes: Mapping[UUID, bytes] = NO_HASHES,
) -> None:
    """Stage and queue stones; the hashes are of the payloads they were mapped from, by stone."""
    ids = [stone.diamond_id for stone in stones]
    db.execute(conn, PAGES["make_room"], feed=feed.name, ids=ids)
    copy = f"COPY staged_diamonds ({', '.join(STAGED)}) FROM STDIN (FORMAT binary)"
    with conn.cursor() as cursor, cursor.copy(copy) as rows:
        rows.set_types(STAGED_TYPES)
        for stone in stones:
            hashes = (staging.content_hash(stone), payload_hashes.get(stone.diamond_id))
            rows.write_row((*stone, *hashes, feed.mapper_version))


def _advance(
    conn: Connection,
    part: OpenPartition,
    page: Sorted,
    *,
    items: int,
    pages: int,
    anchor: str | None,
) -> OpenPartition:
    moved = db.find(
        conn,
        PAGES["advance_partition"],
        OpenPartition,
        run_id=part.run_id,
        partition_id=part.partition_id,
        offset=part.next_offset,
        items=items,
        pages=pages,
        anchor=anchor,
        new=page.tally.new,
        changed=page.tally.changed,
        unchanged=page.tally.unchanged,
        duplicate=page.tally.duplicate,
        quarantined=page.tally.quarantined,
    )
    if moved is None:
        raise Overtaken(f"{part.partition_id} at {part.next_offset}")
    return moved
