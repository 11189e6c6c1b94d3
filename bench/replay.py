"""The quarantine replayed: `python -m bench.replay [stones]` prints one JSON document.

Of Nivoda's listings every hundredth cannot be mapped. A mended mapping, a version newer, brings
them into the catalogue: by a replay, and by mapping all that is stored anew, each in a database of
its own. Both must end in the same catalogue.
"""

import json
import sys
from typing import Any
from uuid import uuid4

import psycopg

from bench.catalogue import database
from bench.consolidate import PAGE, TABLES, TIDY
from bench.cost import Backends, cost_of
from bench.pricing import many_rules
from bench.processes import elsewhere
from bench.reapply import activate
from bench.shelf import Shelf, ShelvedFeed
from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Item
from shared.ingestion import (
    assessment,
    closing,
    consolidation,
    planning,
    queries,
    restaging,
    staging,
    writing,
)
from shared.ingestion.model import Run, RunType
from shared.platform import clock, db

BROKEN_EVERY = 100
RULES = 100
WAYS: tuple[RunType, ...] = ("replay", "reconsolidate")
LEFT = "SELECT count(*) FILTER (WHERE resolved_at IS NULL), count(*) FROM quarantine"
CATALOGUE = """
    SELECT count(*),
           sum(hashtextextended(concat_ws('|', id, content_hash, price_model_price), 0)::numeric)
      FROM diamonds JOIN diamond_prices ON diamond_id = id WHERE status = 'active'
"""


class MendedFeed(ShelvedFeed):
    """Knows a price where the listing has none."""

    mapper_version = ShelvedFeed.mapper_version + 1

    def stone(self, item: Item) -> Stone:
        return super().stone(item if item["price"] is not None else item | {"price": 100_000})


def fill(stones: int) -> None:
    shelf, run_id = Shelf(stones), uuid4()
    for start in range(0, stones, PAGE):
        items = shelf.listings(start, min(PAGE, stones - start))
        for item in items[::BROKEN_EVERY]:
            item["price"] = None
        feed = ShelvedFeed(items)
        with db.transaction() as conn:
            listings, broken = staging.identified(feed, items)
            page = staging.sort_page(feed, listings, broken, first_seen=(), known={})
            writing.keep(conn, feed, run_id, page)


def opened(run_type: RunType) -> Run:
    with db.transaction() as conn:
        return queries.insert_run(
            conn,
            run_id=uuid4(),
            feed=ShelvedFeed([]).name,
            provider="nivoda",
            run_type=run_type,
            requested_by="bench",
            watermark_before=None,
            read_from=None,
            captured_at=clock.now(),
        )


def run(run_type: RunType) -> None:
    """From its opening to its books, as an orchestration drives it."""
    run_id = opened(run_type).run_id
    place = restaging.restage(run_id, None)
    while place is not None:
        place = restaging.restage(run_id, place)
    planning.plan_run(run_id)
    assessment.assess_run(run_id)
    while consolidation.consolidate(run_id):
        """Batch after batch."""
    closed = closing.close_run(run_id, "completed", None)
    if closed.status != "completed":
        raise ValueError(closed.error)


def measured(way: RunType, stones: int) -> dict[str, Any]:
    with database() as url, psycopg.connect(url, autocommit=True) as conn:
        activate(many_rules(RULES))
        fill(stones)
        run_id = opened("reconsolidate").run_id
        while consolidation.consolidate(run_id):
            """What arrived without a fault is on sale before."""
        closing.close_run(run_id, "completed", None)
        for table in TABLES[:-2]:
            conn.execute(TIDY.format(table).encode())
        with registry.registered(MendedFeed([])):
            cost = cost_of(lambda: run(way), Backends(url))
        waiting, quarantined = conn.execute(LEFT).fetchone() or (0, 0)
        catalogue = conn.execute(CATALOGUE.encode()).fetchone()
    return {
        "quarantined": quarantined,
        "left_waiting": waiting,
        "seconds": round(cost.seconds, 2),
        "cpu_seconds": round(cost.cpu, 2),
        "us_a_moved_listing": round(cost.cpu * 1e6 / quarantined),
        "catalogue": str(catalogue),
    }


def measure(stones: int) -> dict[str, Any]:
    figures: dict[str, Any] = {way: elsewhere(measured, way, stones) for way in WAYS}
    replay, anew = (figures[way] for way in WAYS)
    figures["same_catalogue"] = replay.pop("catalogue") == anew.pop("catalogue")
    figures["cpu_ratio"] = round(anew["cpu_seconds"] / replay["cpu_seconds"], 1)
    return {"stones": stones, "rules": RULES, **figures}


def main() -> None:
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000), indent=2))


if __name__ == "__main__":
    main()
