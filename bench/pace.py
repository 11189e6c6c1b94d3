"""The pace under stress: `python -m bench.pace [rounds] [instances]` prints one JSON document.

In every round so many processes start cold at once, each reading a partition of the same supplier
with four threads, and one more scans its price axis. Counted at the supplier: the most requests in
any second, wherever it begins, and what was refused.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.postgres import embedded_programs
from local.workspace import REPOSITORY
from tests.support.postgres import server
from tests.support.supplier import SupplierProcess, supplying

PER_SECOND = 25
STONES = 20_000
INSTANCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from shared.feeds import registry
from shared.feeds.model import FeedQuery, PriceRange
from shared.ingestion import planning
from shared.ingestion.heatmap import EVERYTHING

number = int(sys.argv[1])
if number == 0:
    planning.scan("nivoda-natural", None, EVERYTHING)
else:
    feed = registry.feed("nivoda-natural")
    within = PriceRange(Decimal(500 * number), Decimal(500 * number + 500))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda page: feed.page(FeedQuery(), within, page * 50), range(12)))
"""


def stormed(supplier: SupplierProcess, environment: dict[str, str], instances: int) -> Any:
    supplier.counters(reset=True)
    started = [
        subprocess.Popen([sys.executable, "-c", INSTANCE, str(n)], cwd=REPOSITORY, env=environment)  # noqa: S603 - our own program
        for n in range(instances + 1)
    ]
    ended = [instance.wait() for instance in started]
    report = supplier.counters()
    return {
        name: report[name] for name in ("requests", "seconds", "busiest_second", "statuses")
    } | {"failed_instances": sum(map(bool, ended))}


def main() -> None:
    rounds, instances = (int(n) for n in (*sys.argv[1:], "10", "10")[:2])
    with (
        tempfile.TemporaryDirectory() as folder,
        server(embedded_programs()) as postgres,
        postgres.database() as url,
        supplying(Path(folder), natural=STONES) as supplier,
    ):
        environment = {
            "DATABASE_URL": url,
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            **supplier.environment(PER_SECOND),
        }
        figures = [stormed(supplier, environment, instances) for _ in range(rounds)]
    busiest = max(figure["busiest_second"] for figure in figures)
    print(json.dumps({"limit": PER_SECOND, "busiest_second": busiest, "rounds": figures}, indent=2))


if __name__ == "__main__":
    main()
