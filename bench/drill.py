"""The worst of days at full size: `python -m bench.drill [stones] [per_second]` prints one JSON.

A full run of Nivoda's natural stones on the real app while 1 % of the listings are no stones, 2 %
of the requests are answered 429, 1 % fail, some stall for three seconds, and 500 stones are edited,
300 sold and 200 added; then an incremental run with stamps equal to the watermark; then the
quarantine replayed by a mended mapping. It ends with an AssertionError where a promise was broken.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from local.partners.nivoda.__main__ import NATURAL
from local.postgres import embedded_programs
from shared.platform import db
from tests.support.installation import Installation
from tests.support.postgres import server
from tests.support.storm import Storm
from tests.support.supplier import supplying

PER_SECOND = 25
LIMIT_SECONDS = 3 * 3600


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    stones, per_second = (given + [NATURAL, PER_SECOND][len(given) :])[:2]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(embedded_programs()) as postgres,
        postgres.database() as url,
        supplying(Path(folder), natural=stones) as supplier,
    ):
        settings = {"INGEST_OVERLAP_MINUTES": "0", **supplier.environment(per_second)}
        app = Installation(Path(folder), url, feed="nivoda-natural", settings=settings)
        try:
            app.start()
            storm = Storm(app, supplier, limit=LIMIT_SECONDS)
            figures = {"full": storm.full_run(), "incremental": storm.incremental_run()}
        finally:
            app.stop()
        here = {"DATABASE_URL": url, "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
        os.environ |= here  # noqa: TID251 - what the replay in this process works on
        figures["replay"] = storm.replay()
        db.pool().close()
    print(json.dumps({"stones": stones, "per_second": per_second, **figures}, indent=2))


if __name__ == "__main__":
    main()
