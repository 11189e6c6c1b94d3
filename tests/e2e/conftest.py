from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation

STONES = 4_000


@pytest.fixture
def installation(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    quick = {
        "INGEST_STONES_PER_PARTITION": "400",
        "INGEST_GRACE_SECONDS": "1",
        "INGEST_RETRY_SECONDS": "1",
        "INGEST_ATTEMPTS": "2",
        "DEMO_FEED_PAGE_SIZE": "50",
    }
    for name, value in quick.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    made = Installation(tmp_path, database_url)
    try:
        made.seed(STONES)
        made.start()
        yield made
    finally:
        made.stop()
