"""A supplier's event through the running app, whose searches are answered from memory."""

import base64
import time
from pathlib import Path

import pytest

from local.partners.nivoda import events
from local.partners.nivoda.events import Telling
from tests.support.installation import Installation

SECRET = "whsec_" + base64.b64encode(b"what the demo supplier signs with").decode()
PATIENCE_SECONDS = 60


def test_a_stone_that_is_told_sold_leaves_the_search_and_the_last_signature_opens_nothing(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    installation = Installation(
        tmp_path, database_url, settings={"DEMO_FEED_WEBHOOK_SECRET": SECRET}
    )
    try:
        installation.seed(500)
        installation.start()
        installation.run()
        wait_for_memory(installation)
        stone = found(installation)[0]
        (row,) = installation.rows(f"SELECT supplier_stone_id FROM diamonds WHERE id = '{stone}'")
        url = f"{installation.app.url}/api/v2/webhooks/feeds/demo"
        told = Telling(url=url, secret=SECRET, stone_id=str(row[0]))

        assert events.tell(told) == 200
        began = time.monotonic()
        while stone in found(installation):
            assert time.monotonic() < began + PATIENCE_SECONDS, "the stone is still on sale"

        assert events.tell(told.model_copy(update={"signed_at": told.signed_at - 600})) == 401
        assert events.tell(told) == 200
        told_twice = installation.rows("SELECT outcome, deliveries FROM supplier_events")
        assert told_twice == [("hidden", 2)]
    finally:
        installation.stop()


def found(installation: Installation) -> list[str]:
    answer = installation.client.get("/v2/diamonds", params={"sort_by": "price", "limit": 20})
    return [str(one["id"]) for one in answer.json()["data"]]


def wait_for_memory(installation: Installation) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while installation.client.get("/v2/cache").json()["data"]["stonesInMemory"] is None:
        assert time.monotonic() < deadline
        found(installation)
        time.sleep(0.1)
