"""From the queue to the catalogue: `python -m bench.consolidate [stones]` prints one JSON document.

The app's consolidation with 100 pricing rules, by one worker and by two, and in the same run the
documented way: everything new, everything queued again though nothing differs, one in a hundred
changed. Every way must end in the same catalogue, over all columns that both have.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from bench import prior_consolidation, prior_pages
from bench.catalogue import database, use
from bench.cost import Backends, cost_of, peak_rss_mb
from bench.ingest import END_RUN, open_run
from bench.pricing import many_rules
from bench.prior_consolidation import COLUMNS, PriorConsolidator
from bench.processes import elsewhere, side_by_side
from bench.reapply import activate
from bench.shelf import Shelf, ShelvedFeed, reprice
from shared.ingestion import consolidation, staging, writing
from shared.platform import db
from shared.pricing import sets as pricing
from shared.rating import sets as rating
from shared.rules import book

RULES = 100
CHANGED_EVERY = 100
PAGE = 1_000
PROCESSES = 2
COPY_TO_PRIOR = """
    INSERT INTO prior_raw AS prior (
           run_id, supplier_stone_id, offer_id, payload, payload_hash, feed)
    SELECT run_id, supplier_stone_id, offer_id, payload::jsonb, encode(payload_hash, 'hex'), feed
      FROM raw_diamonds
        ON CONFLICT (supplier_stone_id) DO UPDATE
       SET payload = EXCLUDED.payload, payload_hash = EXCLUDED.payload_hash, consolidated = false,
           consolidation_status = 'pending'
     WHERE prior.payload_hash <> EXCLUDED.payload_hash
"""
QUEUE_ALL = """
    INSERT INTO consolidation_queue SELECT feed, diamond_id FROM staged_diamonds
        ON CONFLICT DO NOTHING
"""
TIDY = "VACUUM (ANALYZE) {}"
TABLES = (
    "raw_diamonds",
    "staged_diamonds",
    "consolidation_queue",
    "diamonds",
    "diamond_prices",
    "prior_raw",
    "prior_diamonds",
)
HEAP = "CREATE UNLOGGED TABLE plain_heap AS SELECT * FROM staged_diamonds"
FIRST, AGAIN, CHANGED = "first load", "nothing changed", "1 % changed"
DOCUMENTED, ONE, TWO = "documented", "ours, 1 worker", "ours, 2 workers"
OURS = {ONE: 1, TWO: 2}


def fill(url: str, begins: int, stones: int, changed: bool) -> None:  # noqa: FBT001 - sent to a process
    """Put listings through the app's page path, in large pages."""
    use(url)
    shelf = Shelf(begins + stones)
    for start in range(begins, begins + stones, PAGE):
        items = shelf.listings(start, min(PAGE, begins + stones - start))
        if changed:
            reprice(items, CHANGED_EVERY)
            items = items[::CHANGED_EVERY]
        feed = ShelvedFeed(items)
        with db.transaction() as conn:
            listings, broken = staging.identified(feed, items)
            known = writing.known(conn, feed, listings)
            page = staging.sort_page(feed, listings, broken, first_seen=(), known=known)
            writing.keep(conn, feed, UUID(int=0), page)


def run_ours(url: str, workers: int, run_id: UUID) -> dict[str, Any]:
    use(url)

    def work(_: int) -> None:
        while consolidation.consolidate(run_id):
            pass

    with ThreadPoolExecutor(workers) as pool:
        return _costing(url, lambda: list(pool.map(work, range(workers))))


def run_documented(url: str) -> dict[str, Any]:
    use(url)
    with db.transaction() as conn:
        prices = book.active(pricing.BOOK, conn).content
        ratings = book.active(rating.BOOK, conn).content
    return _costing(url, PriorConsolidator(url, prices, ratings).run)


def _costing(url: str, work: Callable[[], object]) -> dict[str, Any]:
    backends, before = Backends(url), peak_rss_mb()
    cost = cost_of(work, backends)
    return {
        "seconds": round(cost.seconds, 2),
        "cpu_seconds": round(cost.cpu, 2),
        "app_cpu_seconds": round(cost.app_cpu, 2),
        "rss_mb": peak_rss_mb(),
        "rss_grew_mb": round(peak_rss_mb() - before, 1),
    }


def fill_all(url: str, stones: int, *, changed: bool) -> None:
    each = stones // PROCESSES
    side_by_side(fill, [(url, n * each, each, changed) for n in range(PROCESSES)])


def phase(conn: Connection, url: str, name: str, stones: int) -> dict[str, Any]:
    """Every way in turn; each finds the same work before it."""
    figures: dict[str, Any] = {}
    run_id = open_run([])
    for way in (DOCUMENTED, ONE, TWO)[: 2 if name == CHANGED else 3]:
        prepare(conn, name, way)
        if way == DOCUMENTED:
            figures[way] = elsewhere(run_documented, url)
        else:
            figures[way] = elsewhere(run_ours, url, OURS[way], run_id)
            figures[way]["same_catalogue"] = same(conn)
    conn.execute(END_RUN, [run_id])
    done = stones // CHANGED_EVERY if name == CHANGED else stones
    documented = figures[DOCUMENTED]
    return {way: found | _ratios(documented, found, done) for way, found in figures.items()}


def prepare(conn: Connection, name: str, way: str) -> None:
    """What changed is queued already, by the page path; the rest is queued here."""
    if name != CHANGED:
        conn.execute(prior_consolidation.ALL_AGAIN if way == DOCUMENTED else QUEUE_ALL)
    if name == FIRST:
        emptied = "prior_diamonds" if way == DOCUMENTED else "diamonds CASCADE"
        conn.execute(f"TRUNCATE {emptied}".encode())
    for table in TABLES:
        conn.execute(TIDY.format(table).encode())


def _ratios(documented: dict[str, Any], found: dict[str, Any], stones: int) -> dict[str, Any]:
    return {
        "rows_per_second": round(stones / max(found["seconds"], 0.01)),
        "us_a_row": round(found["cpu_seconds"] * 1e6 / stones, 1),
        "ratio": round(documented["seconds"] / max(found["seconds"], 0.01), 1),
        "cpu_ratio": round(documented["cpu_seconds"] / max(found["cpu_seconds"], 0.01), 1),
    }


def same(conn: Connection) -> bool:
    """Whether both catalogues are equal over every column they share."""
    here = _checksum(conn, "diamonds AS stone JOIN diamond_prices AS price ON diamond_id = id")
    return bool(here == _checksum(conn, "prior_diamonds"))


def _checksum(conn: Connection, tables: str) -> Any:
    columns = ", ".join(COLUMNS).replace("image_urls", "to_jsonb(image_urls)")
    statement = f"""
        SELECT count(*), sum(hashtextextended(ROW({columns})::text, 0)::numeric) FROM {tables}
    """  # noqa: S608 - names of columns and tables
    return conn.execute(statement.encode()).fetchone()


def physical_limit(conn: Connection, url: str, stones: int) -> dict[str, Any]:
    """The typed rows copied into a heap without index, log or rule."""
    cost = cost_of(lambda: conn.execute(HEAP), Backends(url))
    return {
        "rows_per_second": round(stones / cost.seconds),
        "us_a_row": round(cost.cpu * 1e6 / stones, 1),
    }


def measure(stones: int) -> dict[str, Any]:
    with database() as url, psycopg.connect(url, autocommit=True) as conn:
        conn.execute(prior_pages.TABLES.encode())
        conn.execute(prior_consolidation.TABLE.encode())
        activate(many_rules(RULES))
        fill_all(url, stones, changed=False)
        conn.execute(COPY_TO_PRIOR)
        figures = {name: phase(conn, url, name, stones) for name in (FIRST, AGAIN)}
        fill_all(url, stones, changed=True)
        conn.execute(COPY_TO_PRIOR)
        figures[CHANGED] = phase(conn, url, CHANGED, stones)
        limit = physical_limit(conn, url, stones)
    return {"stones": stones, "rules": RULES, "plain_heap": limit, **figures}


def main() -> None:
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))


if __name__ == "__main__":
    main()
