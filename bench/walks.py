"""Every order walked to its end while stones change: `./opus bench walks [stones]` prints JSON.

A supplier's batches go on all the while: stones are repriced, held, taken off and listed. What did
not change must be met exactly once, in every order, either way.
"""

import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, get_args

import psycopg

from bench.catalogue import catalogue
from bench.search import AGED, PRICED, configure
from shared.diamonds import filters, queries, search
from shared.diamonds.shelf import shelf
from shared.diamonds.sorting import Order, SortBy, decoded
from shared.platform import db

PAGE = 1_000
UNCHANGED = "SELECT id::text FROM diamonds WHERE left(id::text, 1) <> '7'"
"""The supplier changes a sixteenth of all stones, time and again."""
BATCHES = (
    """
    UPDATE diamonds SET carats = carats + 0.01, color = 'E', updated_at = now()
     WHERE left(id::text, 1) = '7' AND left(id::text, 3) = %s
    """,
    """
    UPDATE diamond_prices SET price_model_price = price_model_price + 3, rating = 11 - rating
     WHERE left(diamond_id::text, 1) = '7' AND left(diamond_id::text, 3) = %s
    """,
    """
    UPDATE diamonds SET own_availability = CASE WHEN own_availability IS NULL THEN 'on_hold' END
     WHERE left(id::text, 1) = '7' AND left(id::text, 3) = %s
    """,
)


@contextmanager
def consolidating(url: str) -> Iterator[list[int]]:
    """Batches one after another, each a commit, until the walk is over."""
    over, batches, dice = Event(), [0], random.Random(4)

    def work() -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            while not over.is_set():
                conn.execute(dice.choice(BATCHES).encode(), [f"7{dice.getrandbits(8):02x}"])
                batches[0] += 1
                over.wait(0.1)

    worker = Thread(target=work)
    worker.start()
    try:
        yield batches
    finally:
        over.set()
        worker.join()


def walk(sort_by: SortBy, order: Order) -> list[str]:
    """The ids in an order, page by page, each in a transaction of its own."""
    met: list[str] = []
    after = None
    while True:
        wanted = search.Search(
            filters.conditions({}), sort_by, order, PAGE, cursor=after, count="none", fields=("id",)
        )
        with db.transaction() as conn:
            version = queries.current_version(conn).version
            page = search.search(conn, wanted, version=version)
        met += [json.loads(stone)["id"] for stone in page.stones]
        if page.next_cursor is None:
            return met
        after = decoded(page.next_cursor, sort_by, order)


def judged(met: list[str], unchanged: set[str]) -> dict[str, int]:
    still = [stone for stone in met if stone in unchanged]
    return {
        "met": len(met),
        "unchanged_met": len(still),
        "unchanged_met_twice": len(still) - len(set(still)),
        "unchanged_missed": len(unchanged - set(still)),
    }


def measure(stones: int) -> dict[str, Any]:
    configure(SEARCH_IN_MEMORY="true")
    with catalogue(stones) as url, psycopg.connect(url, autocommit=True) as conn:
        conn.execute(PRICED)
        conn.execute(AGED)
        conn.execute("VACUUM (ANALYZE) diamonds, diamond_prices")
        unchanged = {stone for (stone,) in conn.execute(UNCHANGED)}
        shelf.load().join()
        found: dict[str, Any] = {}
        with consolidating(url) as batches:
            for sort_by in get_args(SortBy):
                for order in get_args(Order):
                    began, before = time.perf_counter(), batches[0]
                    result = judged(walk(sort_by, order), unchanged)
                    took = {"seconds": round(time.perf_counter() - began, 1)}
                    found[f"{sort_by} {order}"] = result | took | {"batches": batches[0] - before}
    faults = sum(each["unchanged_met_twice"] + each["unchanged_missed"] for each in found.values())
    return {"stones": stones, "faults": faults, "walks": found}


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    sys.stdout.write(json.dumps(measure(wanted), indent=2) + "\n")
