"""Kills at random moments: `python -m bench.kills [kills] [seed]` prints one JSON document.

A full run of a small inventory, undisturbed; then so many more, each struck once at a random moment
of it: the worker killed with -9, all its database connections terminated, or the supplier killed.
Every one must end with the same raw, staged, catalogue and price rows, byte for byte but for times.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from local.postgres import embedded_programs
from tests.support.installation import Installation
from tests.support.kills import KINDS, Kills
from tests.support.postgres import server
from tests.support.supplier import supplying

STONES = 2_500
SETTINGS = {
    "INGEST_STONES_PER_PARTITION": "250",
    "INGEST_CONSOLIDATION_BATCH": "250",
    "INGEST_RETRY_SECONDS": "1",
    "INGEST_GRACE_SECONDS": "60",
    "INGEST_PAGES_PER_ACTIVITY": "3",
}
PER_SECOND = 1_000


def main() -> None:
    kills, seed = (int(word) for word in (*sys.argv[1:], "50", "1")[:2])
    with (
        tempfile.TemporaryDirectory() as folder,
        server(embedded_programs()) as postgres,
        postgres.database() as url,
        supplying(Path(folder), natural=STONES) as supplier,
    ):
        settings = SETTINGS | dict(supplier.environment(PER_SECOND))
        app = Installation(Path(folder), url, feed="nivoda-natural", settings=settings)
        try:
            app.start()
            drill, began = Kills(app, supplier, Random(seed)), time.monotonic()
            undisturbed = drill.undisturbed()
            struck = []
            for number in range(kills):
                struck.append(drill.struck(KINDS[number % len(KINDS)]))
                print(json.dumps(struck[-1]), file=sys.stderr, flush=True)
        finally:
            app.stop()
    seconds = round(time.monotonic() - began, 1)
    print(
        json.dumps(
            {
                "stones": STONES,
                "seed": seed,
                "seconds": seconds,
                "undisturbed": undisturbed,
                "ended_the_same": len(struck),
                "kills": struck,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
