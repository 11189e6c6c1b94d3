"""Listings that could not become stones: kept with the reason, and with how they left again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection

from shared.feeds.model import Feed, Unmappable
from shared.ingestion.model import Row
from shared.ingestion.staging import Broken
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("quarantine")

NO_PRICE = "price"
"""The field of a stone that was mapped and that no rule could price; consolidating settles it."""

Resolution = Literal["moved", "superseded", "gone"]


class Quarantined(Row):
    id: int
    supplier_stone_id: str | None
    field: str
    reason: str
    mapper_version: int
    payload: str
    last_seen_at: datetime


class QuarantineItem(Quarantined):
    feed: str
    seen: int
    first_seen_at: datetime


class Filed(Row):
    """What is on file of a stone."""

    supplier_stone_id: str
    payload_hash: bytes
    source_updated_at: datetime | None
    told_at: datetime
    """When the supplier told it, or a sweep found that there is no such stone any more."""
    gone: bool


class Resolved(Row):
    resolution: Resolution
    listings: int


def list_waiting(
    conn: Connection, *, feed: str | None, before: int | None, limit: int
) -> list[QuarantineItem]:
    """The newest first."""
    return db.many(
        conn, SQL["list_quarantine"], QuarantineItem, feed=feed, before=before, limit=limit
    )


def list_replayable(conn: Connection, *, feed: str, after: int, limit: int) -> list[Quarantined]:
    """The oldest first."""
    return db.many(conn, SQL["list_replayable"], Quarantined, feed=feed, after=after, limit=limit)


def list_filed(conn: Connection, *, feed: str, stone_ids: list[str]) -> list[Filed]:
    """Held until the transaction ends."""
    return db.many(conn, SQL["list_filed"], Filed, feed=feed, stone_ids=stone_ids)


def add(conn: Connection, feed: Feed, run_id: UUID, broken: Broken) -> bool:
    """Whether the listing is in quarantine because of this page: a run reads some twice."""
    kept = db.value(
        conn,
        SQL["quarantine_item"],
        feed=feed.name,
        supplier_stone_id=broken.supplier_stone_id,
        diamond_id=broken.diamond_id,
        field=broken.field,
        reason=broken.reason,
        payload=broken.payload.decode(),
        payload_hash=broken.payload_hash,
        mapper_version=feed.mapper_version,
        run_id=run_id,
    )
    return kept is not None


def settle(conn: Connection, *, feed: str, run_id: UUID, swept: bool) -> None:
    """Let go of what a run showed to be over, so that no replay ever undoes what is newer."""
    db.execute(conn, SQL["settle_quarantine"], feed=feed, run_id=run_id, swept=swept)


def resolve(conn: Connection, *, run_id: UUID, fates: Mapping[int, Resolution]) -> None:
    ids, resolutions = list(fates), list(fates.values())
    db.execute(conn, SQL["resolve_quarantine"], run_id=run_id, ids=ids, resolutions=resolutions)


def restate(conn: Connection, *, mapper_version: int, faults: Mapping[int, Unmappable]) -> None:
    """An operator mends what is wrong by today's mapping."""
    db.execute(
        conn,
        SQL["restate_quarantine"],
        mapper_version=mapper_version,
        ids=list(faults),
        fields=[fault.field for fault in faults.values()],
        reasons=[fault.reason for fault in faults.values()],
    )


def count_resolved(conn: Connection, *, run_id: UUID) -> list[Resolved]:
    """How the listings left that this run settled."""
    return db.many(conn, SQL["count_resolved"], Resolved, run_id=run_id)
