"""A few blows at random moments of a run; `./opus bench kills` deals fifty."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.installation import Installation
from tests.support.kills import KINDS, Kills
from tests.support.supplier import supplying

pytestmark = pytest.mark.timeout(300)

QUICK = {
    "INGEST_STONES_PER_PARTITION": "200",
    "INGEST_CONSOLIDATION_BATCH": "200",
    "INGEST_RETRY_SECONDS": "1",
    "INGEST_GRACE_SECONDS": "60",
    "INGEST_PAGES_PER_ACTIVITY": "3",
}


@pytest.fixture
def kills(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kills]:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    with supplying(tmp_path, natural=1_500) as supplier:
        settings = QUICK | dict(supplier.environment(1_000))
        app = Installation(tmp_path, database_url, feed="nivoda-natural", settings=settings)
        try:
            app.start()
            yield Kills(app, supplier, Random(3))
        finally:
            app.stop()


def test_whatever_is_killed_whenever_the_run_ends_with_the_very_same_rows(kills: Kills) -> None:
    undisturbed = kills.undisturbed()
    assert undisturbed["sets"]["diamonds"][0] == 1_500

    for kind in KINDS:
        kills.struck(kind)
