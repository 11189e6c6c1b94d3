"""What the demo supplier costs: `python -m bench.demo_feed` prints one JSON document.

Each figure but the walk over HTTP is the best of several rounds. Rates need a quiet machine; CPU
times bear a busy one. They are those of this process alone, without PostgreSQL's.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import azure.functions as func
import psutil
from psycopg.rows import class_row

from bench.host import cpu_seconds
from http_api import demo_feed
from http_api.exchange import json_response
from local.postgres import embedded_programs
from shared.demo_supplier import dataset, inventory
from shared.demo_supplier.model import Answered, Listing
from shared.feeds import registry
from shared.feeds.model import Feed, FeedQuery, PriceRange
from shared.platform import db, exact_json
from tests.support.host import REPOSITORY, RunningHost, running
from tests.support.postgres import server

LIMIT = 500
PARTITION = {"price_min": "1000", "price_below": "1500"}
"""About 5,300 stones, as one partition of a run holds."""
PAGE = {**PARTITION, "offset": "2500", "limit": str(LIMIT)}
AS_MODELS = "SELECT * FROM demo_feed_inventory ORDER BY stone_id LIMIT 500"
RANGES = [PriceRange(Decimal(low), Decimal(low + 400)) for low in range(0, 20_000, 400)]
"""Together all the stones; none weighs much more than a partition."""


class Models(Answered):
    items: list[Listing]


class Cost(NamedTuple):
    """The least seconds that one call took."""

    wall: float
    cpu: float


def least(work: Callable[[], object], rounds: int = 40) -> Cost:
    measured = [_once(work) for _ in range(rounds)]
    return Cost(min(one.wall for one in measured), min(one.cpu for one in measured))


def _once(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def asked(function: Any, params: dict[str, str]) -> bytes:
    """What an HTTP function answers."""
    request = func.HttpRequest("GET", "/", params=params, body=b"")
    handler = function._function.get_user_function()  # noqa: SLF001 - Azure hides what it decorates
    answer: bytes = handler(request).get_body()
    return answer


def as_models() -> bytes:
    """A page the costly way: every listing a model, written one by one."""
    with db.transaction() as conn, conn.cursor(row_factory=class_row(Listing)) as cursor:
        return json_response(Models(items=cursor.execute(AS_MODELS).fetchall())).get_body()


def supplier() -> dict[str, Any]:
    page = least(lambda: asked(demo_feed.demo_feed_page, PAGE))
    count = least(lambda: asked(demo_feed.demo_feed_count, PARTITION))
    models = least(as_models)
    return {
        "pages_per_second": round(1 / page.wall),
        "listings_per_second": round(LIMIT / page.wall),
        "page_cpu_ms": round(page.cpu * 1000, 2),
        "page_cpu_ms_by_way_of_models": round(models.cpu * 1000, 2),
        "models_cost_times_as_much_cpu": round(models.cpu / page.cpu, 1),
        "counts_per_second": round(1 / count.wall),
        "count_cpu_ms": round(count.cpu * 1000, 2),
    }


def adapter(feed: Feed) -> dict[str, Any]:
    """Microseconds per listing of a page that has arrived."""
    content = asked(demo_feed.demo_feed_page, PAGE)
    items = exact_json.loads(content)["items"]
    steps: dict[str, Callable[[], object]] = {
        "parse": lambda: exact_json.loads(content),
        "parse_with_floats": lambda: json.loads(content),
        "identify": lambda: [feed.identify(item) for item in items],
        "map": lambda: [feed.stone(item) for item in items],
    }
    return {name: round(least(step).cpu / LIMIT * 1e6, 1) for name, step in steps.items()}


def over_http(feed: Feed, host: RunningHost) -> dict[str, Any]:
    """All stones fetched range by range and page by page through the local host, once."""
    host_process = psutil.Process(host.process.pid)
    before = cpu_seconds(host_process)
    walked = _once(lambda: walk(feed))
    host_cpu = cpu_seconds(host_process) - before
    counted = least(lambda: feed.count(FeedQuery(), RANGES), rounds=5)
    return {
        "listings_per_second": round(dataset.STONES / walked.wall),
        "adapter_cpu_seconds": round(walked.cpu, 2),
        "host_cpu_seconds": round(host_cpu, 2),
        "counts_per_second": round(len(RANGES) / counted.wall),
    }


def walk(feed: Feed) -> None:
    met = 0
    for part in RANGES:
        offset = 0
        while page := feed.page(FeedQuery(), part, offset):
            offset += len(page)
        met += offset
    if met != dataset.STONES:
        raise ValueError(f"met {met} stones")


@contextmanager
def stocked(folder: Path) -> Iterator[RunningHost]:
    """The app on the local host, and here, on a database with all the demo stones."""
    with server(embedded_programs()) as postgres, postgres.database() as url:
        environment = {
            "DATABASE_URL": url,
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "TASKHUB_NAME": "bench",
            "NIGHTLY_SCHEDULE": "0 0 2 1 1 *",
        }
        with running(REPOSITORY, folder, environment) as host:
            os.environ |= {**environment, "DEMO_FEED_URL": f"{host.url}/api/demo-feed"}  # noqa: TID251
            with db.transaction() as conn:
                inventory.seed(conn)
            yield host
            db.pool().close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, stocked(Path(folder)) as host:
        feed = registry.feed("demo")
        figures = {
            "supplier": supplier(),
            "adapter_us_per_listing": adapter(feed),
            "over_http": over_http(feed, host),
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
