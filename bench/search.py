"""Search over a whole catalogue: `./opus bench search [stones]` prints one JSON document.

Milliseconds in the handler, one client, nothing cached, beside a bare round trip to the same
database in the same run and what the prior system took for 500,000 stones (p50).
"""

import json
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg import Connection

from bench.caller import Shop, Took, figures, handled
from bench.catalogue import catalogue
from bench.storefront import WORST, Params, kinds
from http_api.diamond_query import DiamondSearch
from http_api.diamonds import count_facets, search_diamonds
from http_api.endpoint import Answer, Call, Written, endpoint
from http_api.stone import get_diamond
from shared.diamonds.shelf import shelf
from shared.platform.settings import settings

QUERIES = 150
CLIENTS = 32
PRICED = """
    INSERT INTO diamond_prices (
           diamond_id, price_model_price, rule_price, base_price, cost, markup_ratio, rating,
           pricing_rule_set_version, rating_rule_set_version)
    SELECT id, round(feed_price * 1.15, 2), 1, 1, feed_price, 1.15, 1 + (random() * 9)::int, 1, 1
      FROM diamonds
     ORDER BY random()
"""
AGED = "UPDATE diamonds SET created_at = now() - random() * interval '300 days'"
PRIOR = {
    "landing": 389,
    "seven filters, newest": 110,
    "seven filters, rating and price": 140,
    "all by price": 349,
    "page 200": 552,
    "default with count": 565,
    "by id": 0.6,
}


def measure_kinds(shop: Shop, queries: int = QUERIES) -> dict[str, Any]:
    dice = random.Random(2)
    asked = kinds(dice)
    times: dict[str, list[Took]] = {name: [] for name in asked}
    for _ in range(queries):
        name = dice.choice(list(asked))
        params = asked[name]()
        times[name].append(shop.time(search_diamonds, params))
    together = [each for kind in times.values() for each in kind]
    return {"all": figures(together)} | {name: figures(each) for name, each in times.items()}


def measure_worst(shop: Shop, repeats: int = 15) -> dict[str, Any]:
    found = {}
    for name, params in WORST.items():
        times = [shop.time(search_diamonds, params) for _ in range(repeats)]
        found[name] = figures(times) | against_prior(name, times)
    ids = [stone["id"] for stone in json.loads(shop.ask(search_diamonds, {"fields": "id"}))["data"]]
    times = [shop.time(get_diamond, {}, {"diamond_id": each}) for each in ids]
    return found | {"by id": figures(times) | against_prior("by id", times)}


def against_prior(name: str, times: Sequence[Took]) -> dict[str, float]:
    return {
        "times_faster_than_prior": round(
            PRIOR[name] / statistics.median(each.wall for each in times), 1
        )
    }


def measure_facets(shop: Shop) -> dict[str, Any]:
    dice = random.Random(3)
    asked = kinds(dice)
    filters = [
        {n: v for n, v in asked[kind]().items() if not n.startswith(("sort", "page"))}
        for kind in asked
        for _ in range(6)
    ]
    return figures([shop.time(count_facets, each) for each in filters])


def measure_depth(shop: Shop, conn: Connection, stones: int) -> dict[str, Any]:
    """A page behind cursors at different depths of the price order."""
    found = {}
    for depth in (0, stones // 100, stones // 2, stones * 9 // 10):
        first = {"limit": "1", "count": "none", "fields": "id"}
        place = conn.execute(
            "SELECT price_model_price FROM diamond_prices ORDER BY 1 LIMIT 1 OFFSET %s", [depth]
        ).fetchone()
        start = json.loads(shop.ask(search_diamonds, first | {"price_min": str(place[0])}))  # type: ignore[index]
        cursor = start["pagination"]["nextCursor"]
        page = {"cursor": cursor, "count": "none"}
        times = [shop.time(search_diamonds, page) for _ in range(15)]
        found[str(depth)] = figures(times)
    return found


@endpoint(scope=None, query=DiamondSearch)
def answer_bare(call: Call[Any]) -> Written[Answer]:  # noqa: ARG001 - as handlers take it
    """What any handler costs: the request read and validated, a page's bytes sent, no SQL."""
    return Written(BARE_PAGE, {})


BARE_PAGE = b'{"data":[' + b" " * 60_000 + b"]}"


def measure_crowd(shop: Shop) -> dict[str, Any]:
    bare = measure_clients(lambda params: handled(answer_bare, shop.request(params)))
    searched = measure_clients(lambda params: shop.ask(search_diamonds, params))
    share = searched["answers_per_second"] / bare["answers_per_second"]
    return searched | {"bare_handler": bare, "share_of_bare_handler": round(share, 2)}


def measure_clients(ask: Callable[[Params], bytes], seconds: float = 10) -> dict[str, Any]:
    """Many clients at once; nothing is cached, every query is another."""
    end = time.perf_counter() + seconds
    errors: list[str] = []

    def client(number: int) -> int:
        dice = random.Random(number)
        asked, done = kinds(dice), 0
        while time.perf_counter() < end:
            params = dice.choice(list(asked.values()))() | {"price_min": f"{dice.random():.9f}"}
            try:
                ask(params)
            except Exception as error:  # noqa: BLE001 - counted
                errors.append(repr(error)[:200])
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as crowd:
        answered = sum(crowd.map(client, range(CLIENTS)))
    return {
        "clients": CLIENTS,
        "answers_per_second": round(answered / seconds),
        "errors": len(errors),
        "first_errors": errors[:3],
    }


def measure_refresh(shop: Shop, conn: Connection) -> dict[str, float]:
    """The first search after so many stones changed."""
    found = {}
    for stones in (1, 100, 5_000):
        conn.execute(
            "UPDATE diamond_prices SET rating = rating WHERE diamond_id = ANY("
            "ARRAY(SELECT diamond_id FROM diamond_prices LIMIT %s))",
            [stones],
        )
        found[f"after {stones} changed"] = round(shop.time(search_diamonds, {}).wall, 1)
    return found


def measure(stones: int) -> dict[str, Any]:
    configure(SEARCH_IN_MEMORY="false")
    with catalogue(stones) as url, psycopg.connect(url, autocommit=True) as conn:
        conn.execute(PRICED)
        conn.execute(AGED)
        conn.execute("VACUUM (ANALYZE) diamonds, diamond_prices")
        shop = Shop()
        before = memory_mb()
        cold = measure_worst(shop, 3) | {"storefront": measure_kinds(shop, 40)}
        configure(SEARCH_IN_MEMORY="true")
        began = time.perf_counter()
        shelf.load().join()
        loaded = time.perf_counter() - began
        return {
            "stones": stones,
            "load_seconds": round(loaded, 1),
            "load_memory_mb": round(memory_mb() - before),
            "storefront": measure_kinds(shop),
            "worst": measure_worst(shop),
            "facets": measure_facets(shop),
            "depth": measure_depth(shop, conn, stones),
            "refresh_ms": measure_refresh(shop, conn),
            "crowd": measure_crowd(shop),
            "cold, by SQL alone": cold,
        }


def configure(**environment: str) -> None:
    os.environ |= environment  # noqa: TID251 - the app under measurement reads it
    settings.cache_clear()


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    sys.stdout.write(json.dumps(measure(wanted), indent=2) + "\n")
