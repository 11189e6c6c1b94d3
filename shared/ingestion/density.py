"""What scans counted, kept: to plan incremental runs by, to preview runs, to look at."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg import Connection

from shared.feeds.model import PriceRange
from shared.ingestion.heatmap import Cell, Heatmap
from shared.ingestion.model import Row
from shared.platform import blobs, clock, db, exact_json
from shared.platform.settings import settings
from shared.platform.sql import queries

SQL = queries("runs")
CONTAINER = "heatmaps"


class DensityCell(Row):
    feed: str
    range_low: Decimal
    range_high: Decimal | None
    stones: int
    scanned_at: datetime


class Scan(Row):
    scan_id: UUID
    scan_type: str
    scanned_at: datetime
    cells: int
    stones: int


def keep(scan_id: UUID, feed: str, scan_type: str, scanned: Heatmap) -> None:
    """In the database to plan by, in `heatmaps/{feed}/{scan}.json` to look at; safe to repeat."""
    document = {
        "scanId": str(scan_id),
        "feed": feed,
        "type": scan_type,
        "scannedAt": clock.now(),
        "countCalls": scanned.count_calls,
        "cells": [[cell.range.low, cell.range.high, cell.stones] for cell in scanned.cells],
    }
    blobs.put(CONTAINER, f"{feed}/{scan_id}.json", exact_json.dumps(document))
    with db.transaction() as conn:
        db.execute(
            conn,
            SQL["insert_density"],
            scan_id=scan_id,
            feed=feed,
            scan_type=scan_type,
            lows=[cell.range.low for cell in scanned.cells],
            highs=[cell.range.high for cell in scanned.cells],
            stones=[cell.stones for cell in scanned.cells],
        )


def latest(feed: str) -> list[Cell]:
    """The cells of the newest full scan that is young enough to plan by."""
    hours = settings().ingest.heatmap_hours
    with db.transaction() as conn:
        found = db.many(conn, SQL["latest_density"], DensityCell, feed=feed, hours=hours)
    return [Cell(PriceRange(cell.range_low, cell.range_high), cell.stones) for cell in found]


def seconds_a_page(conn: Connection, *, feed: str) -> float | None:
    """By the feed's last completed full run; None before the first."""
    seconds: float | None = db.value(conn, SQL["seconds_a_page"], feed=feed)
    return seconds


def list_scans(conn: Connection, *, feed: str, limit: int) -> list[Scan]:
    return db.many(conn, SQL["list_scans"], Scan, feed=feed, limit=limit)


def list_density(conn: Connection, *, scan_id: UUID) -> list[DensityCell]:
    return db.many(conn, SQL["list_density"], DensityCell, scan_id=scan_id)
