"""From a run's first count to its partitions, all written before the first page."""

from uuid import UUID

from psycopg import Connection

from shared.feeds import registry
from shared.feeds.model import FeedQuery
from shared.ingestion import heatmap, queries, runs
from shared.ingestion.heatmap import Cell, Heatmap
from shared.ingestion.model import Run
from shared.platform import db
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("ingestion.planning")


def plan_run(run_id: UUID) -> list[int]:
    """The numbers of the partitions still to fetch; scans and writes them if nobody did before."""
    with db.transaction() as conn:
        run = runs.get_run(conn, run_id)
    if run.phase == "counting":
        scanned = scan(run)
        _write(run, scanned, heatmap.plan(scanned, _wanted(scanned.stones)))
    with db.transaction() as conn:
        return open_partitions(conn, run_id)


def open_partitions(conn: Connection, run_id: UUID) -> list[int]:
    partitions = queries.list_partitions(conn, run_id=run_id)
    return [part.number for part in partitions if part.is_open]


def scan(run: Run) -> Heatmap:
    feed = registry.feed(run.feed)
    query = FeedQuery(updated_from=run.read_from)
    return heatmap.scan(lambda ranges: feed.count(query, ranges), feed.axis, partitions=_wanted)


def _wanted(stones: int) -> int:
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
