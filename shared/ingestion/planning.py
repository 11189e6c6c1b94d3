"""From a run's first count to its partitions, all written before the first page."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg import Connection

from shared.feeds import registry
from shared.feeds.model import FeedQuery, PriceRange
from shared.ingestion import density, heatmap, queries, runs
from shared.ingestion.heatmap import EVERYTHING, Cell, Heatmap
from shared.ingestion.model import Run
from shared.platform import db
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("ingestion.planning")

NOTHING = Heatmap([], 0)


def plan_run(run_id: UUID) -> list[int]:
    """The numbers of the partitions still to fetch; scans and writes them if nobody did before."""
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
    if run.phase == "counting":
        scanned = _scanned(run)
        if run.run_type in ("full", "backfill"):
            density.keep(run.run_id, run.feed, run.run_type, scanned)
        _write(run, scanned, heatmap.plan(scanned, wanted(scanned.stones)))
    with db.transaction() as conn:
        return open_partitions(conn, run_id)


def open_partitions(conn: Connection, run_id: UUID) -> list[int]:
    partitions = queries.list_partitions(conn, run_id=run_id)
    return [part.number for part in partitions if part.is_open]


def _scanned(run: Run) -> Heatmap:
    match run.run_type:
        case "reconsolidate" | "replay":
            return NOTHING
        case "incremental":
            return _from_memory(run)
        case _:
            within = PriceRange(run.range_low or Decimal(0), run.range_high)
            return scan(run.feed, run.read_from, within)


def _from_memory(run: Run) -> Heatmap:
    """What changed lies where stones lie: one count, spread over the last full scan's cells."""
    feed = registry.feed(run.feed)
    (total,) = feed.count(FeedQuery(run.read_from), [EVERYTHING])
    if wanted(total) == 1:
        return Heatmap([Cell(EVERYTHING, total)], 1)
    known = density.latest(run.feed)
    return heatmap.scaled(known, total) if known else scan(run.feed, run.read_from, EVERYTHING)


def scan(feed_name: str, updated_from: datetime | None, within: PriceRange) -> Heatmap:
    feed = registry.feed(feed_name)
    query = FeedQuery(updated_from)
    return heatmap.scan(
        lambda ranges: feed.count(query, ranges), feed.axis, partitions=wanted, within=within
    )


def wanted(stones: int) -> int:
    """How many partitions so many stones are worth."""
    ingest = settings().ingest
    return heatmap.partitions_for(
        stones, stones_per_partition=ingest.stones_per_partition, most=ingest.max_partitions
    )


def _write(run: Run, scanned: Heatmap, cells: list[Cell]) -> None:
    """Plan the run once: whoever comes second finds the phase moved on and writes nothing."""
    with db.transaction() as conn:
        first = queries.plan_run(
            conn, run_id=run.run_id, expected=scanned.stones, count_calls=scanned.count_calls
        )
        if first:
            queries.insert_partitions(
                conn,
                run_id=run.run_id,
                lows=[cell.range.low for cell in cells],
                highs=[cell.range.high for cell in cells],
                expected=[cell.stones for cell in cells],
            )
    log.info(
        "run planned",
        run_id=run.run_id,
        stones=scanned.stones,
        partitions=len(cells),
        count_calls=scanned.count_calls,
    )
