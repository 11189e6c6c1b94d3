"""Repricing a whole catalogue: `python -m bench.reapply [stones]` prints one JSON document.

Beside the app's jobs, in the same run, the prior system's way: 1,000 stones a batch read into the
application, decided there, written back by UNNEST to a wide row with its documented indexes.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

from bench.catalogue import catalogue
from shared.platform import db
from shared.pricing import sets as pricing
from shared.pricing.engine import PricingEngine
from shared.pricing.model import PricingRules
from shared.pricing.seeds import SEEDS
from shared.reapply import batches, jobs
from shared.rules import book
from shared.rules.book import Author

BY = Author("bench", "measuring")

PRIOR = """
    CREATE TABLE prior_diamonds AS
    SELECT stone.*, price.price_model_price, price.markup_ratio, price.pricing_rating, price.rating
      FROM diamonds AS stone JOIN diamond_prices AS price ON price.diamond_id = stone.id;
    ALTER TABLE prior_diamonds ADD PRIMARY KEY (id);
    CREATE UNIQUE INDEX ON prior_diamonds (feed, supplier_stone_id);
    CREATE INDEX ON prior_diamonds (shape, carats, color, clarity) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (price_model_price) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (carats) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (availability);
    CREATE INDEX ON prior_diamonds (lab_grown, shape, carats);
    CREATE INDEX ON prior_diamonds (rating) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (feed_price);
    CREATE INDEX ON prior_diamonds (created_at);
    CREATE INDEX ON prior_diamonds (status, feed);
    CREATE TABLE prior_snapshots (
        job_id integer, diamond_id uuid, old_price numeric, new_price numeric,
        old_ratio numeric, new_ratio numeric, PRIMARY KEY (job_id, diamond_id));
    ANALYZE prior_diamonds;
"""
READ = """
    SELECT id, feed, stone_type, shape, carats, lab_grown, supplier_name, feed_price,
           price_model_price, markup_ratio
      FROM prior_diamonds
     WHERE availability = 'available' AND status = 'active' AND id > %s
     ORDER BY id LIMIT 1000
"""
WRITE = """
    UPDATE prior_diamonds AS stone
       SET price_model_price = new.price, markup_ratio = new.ratio, updated_at = now()
      FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS new(id, price, ratio)
     WHERE stone.id = new.id
"""
KEEP = """
    INSERT INTO prior_snapshots
    SELECT 1, * FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
        ON CONFLICT DO NOTHING
"""
BACK = """
    UPDATE prior_diamonds AS stone
       SET price_model_price = kept.old_price, markup_ratio = kept.old_ratio, updated_at = now()
      FROM (SELECT * FROM prior_snapshots
             WHERE job_id = 1 ORDER BY diamond_id LIMIT 500 OFFSET %s) AS kept
     WHERE stone.id = kept.diamond_id
"""
NOBODY = "00000000-0000-0000-0000-000000000000"


def dearer(rules: PricingRules) -> PricingRules:
    """Every price differs."""
    margins = tuple(
        base.model_copy(update={"margin": base.margin + Decimal("1.5")})
        for base in rules.base_margins
    )
    return rules.model_copy(update={"base_margins": margins})


def activate(rules: PricingRules) -> None:
    with db.transaction() as conn:
        drafted = book.draft(pricing.BOOK, conn, rules, BY)
        book.activate(pricing.BOOK, conn, drafted.version, BY)


def run_job() -> Any:
    job = jobs.start("pricing", BY)
    finish(job)
    return job


def finish(job: Any) -> None:
    while batches.work(job.id, job.attempt) == "more":
        pass


def prior_way(conn: Connection, rules: PricingRules) -> None:
    engine = PricingEngine(rules, datetime.now(UTC))
    last: Any = NOBODY
    while rows := _read(conn, last):
        last = rows[-1]["id"]
        new = [(row, engine.quote(row)) for row in rows]
        differ = [(row, quote) for row, quote in new if quote.price != row["price_model_price"]]
        ids = [row["id"] for row, _ in differ]
        prices = [quote.price for _, quote in differ]
        ratios = [quote.markup_ratio for _, quote in differ]
        conn.execute(WRITE, [ids, prices, ratios])
        old = [row["price_model_price"] for row, _ in differ]
        old_ratios = [row["markup_ratio"] for row, _ in differ]
        conn.execute(KEEP, [ids, old, prices, old_ratios, ratios])


def prior_revert(conn: Connection) -> None:
    offset = 0
    while conn.execute(BACK, [offset]).rowcount:
        offset += 500


def _read(conn: Connection, last: Any) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(READ, [last]).fetchall()


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def checksum(conn: Connection, table: str) -> Any:
    statement = f"SELECT sum(hashtext(price_model_price::text)::bigint), count(*) FROM {table}"  # noqa: S608
    return conn.execute(statement.encode()).fetchone()


def measure(stones: int) -> dict[str, Any]:
    rules = SEEDS["brackets"]()
    with catalogue(stones) as url, psycopg.connect(url, autocommit=True) as conn:
        activate(rules)
        first = seconds(run_job)
        conn.execute("VACUUM (ANALYZE) diamond_prices")
        conn.execute(PRIOR)
        before = checksum(conn, "diamond_prices")
        activate(dearer(rules))
        figures = {"prior": {"reprice": seconds(lambda: prior_way(conn, dearer(rules)))}}
        job = jobs.start("pricing", BY)
        ours = {"first": first, "reprice": seconds(lambda: finish(job))}
        same = checksum(conn, "diamond_prices") == checksum(conn, "prior_diamonds")
        figures["prior"]["revert"] = seconds(lambda: prior_revert(conn))
        back = jobs.revert("pricing", job.id, BY)
        ours["revert"] = seconds(lambda: finish(back))
        restored = checksum(conn, "diamond_prices") == before
        ours["nothing differs"] = seconds(_again(rules))
    figures["ours"] = ours
    rates = {
        way: {what: round(stones / took) for what, took in took_by.items()}
        for way, took_by in figures.items()
    }
    ratios = {what: round(figures["prior"][what] / ours[what], 1) for what in ("reprice", "revert")}
    return {
        "stones": stones,
        "stones_per_second": rates,
        "ratio": ratios,
        "same": same,
        "restored": restored,
    }


def _again(rules: PricingRules) -> Callable[[], Any]:
    activate(rules)
    return run_job


def main() -> None:
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000), indent=2))


if __name__ == "__main__":
    main()
