"""The worst of days at a twentieth of its size or less; `./opus bench drill` is the whole of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import AppSettings
from tests.support.installation import Installation
from tests.support.storm import Storm
from tests.support.supplier import supplying

pytestmark = pytest.mark.timeout(300)

STONES = 6_000
QUICK = {
    "INGEST_STONES_PER_PARTITION": "800",
    "INGEST_RETRY_SECONDS": "1",
    "INGEST_OVERLAP_MINUTES": "0",
}


@pytest.fixture
def storm(tmp_path: Path, app_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storm]:
    monkeypatch.delenv("AzureWebJobsStorage")
    with supplying(tmp_path, natural=STONES) as supplier:
        settings = QUICK | dict(supplier.environment(1_000))
        app = Installation(tmp_path, app_database, feed="nivoda-natural", settings=settings)
        try:
            app.start()
            yield Storm(app, supplier, limit=200)
        finally:
            app.stop()


def test_nothing_is_lost_on_the_worst_of_days(storm: Storm, app_settings: AppSettings) -> None:
    full = storm.full_run()
    storm.incremental_run()
    storm.app.stop()
    replayed = storm.replay()

    assert 0.005 < full["quarantined"] / STONES < 0.02
    assert replayed["waiting"] >= full["quarantined"]
    assert [doubt["field"] for doubt in full["doubts"]] == ["diamond.certificate.f_color"]
    statuses = full["supplier"]["statuses"]
    assert statuses["429"] > 0
    assert {"500", "502", "503"} & set(statuses)
    assert "403" not in statuses
