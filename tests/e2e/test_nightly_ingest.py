"""The nightly job on the real app: HTTP, Durable, PostgreSQL, blobs and a supplier over HTTP."""

import random
import time
from typing import Any

import pytest

from tests.e2e.conftest import STONES
from tests.support.installation import Installation

pytestmark = pytest.mark.timeout(180)

CATALOGUE = """
    SELECT supplier_stone_id, feed_price, price_model_price, rating, shape, carats, status
      FROM diamonds JOIN diamond_prices ON diamond_id = id ORDER BY supplier_stone_id"""


def told(run: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(run["summary"][name] for name in names)


def test_a_night_brings_the_inventory_and_later_nights_only_what_moved(
    installation: Installation,
) -> None:
    first = installation.run()
    version = installation.rows("SELECT version FROM dataset_versions")
    second = installation.run()

    assert told(first, "status", "fetched", "new", "active") == ("completed", *[STONES] * 3)
    assert told(first, "balanced", "waiting", "duplicate") == (True, 0, 0)
    assert first["summary"]["partitions"] >= 10
    assert first["summary"]["largestPartition"] <= 1.5 * first["summary"]["smallestPartition"]
    assert told(second, "unchanged", "inserted", "updated") == (STONES, 0, 0)
    assert installation.rows("SELECT version FROM dataset_versions") == version

    installation.supplier("POST", "changes", reprice=100, sell=50, add=25)
    incremental = installation.run("incremental")
    full = installation.run()

    assert told(incremental, "changed", "new", "removed") == (100, 25, 0)
    assert told(full, "unchanged", "removed", "active") == (STONES - 25, 50, STONES - 25)


@pytest.mark.parametrize(("share", "status"), [(0.25, "partial"), (0.40, "failed")])
def test_an_outage_never_sweeps_nor_moves_the_watermark_and_a_retry_heals_it(
    installation: Installation, share: float, status: str
) -> None:
    installation.run()
    installation.supplier("POST", "changes", reprice=200, sell=40)
    watermark = installation.watermark()
    installation.supplier("POST", "knobs", outage_share=share)

    short = installation.run()

    assert told(short, "status", "removed", "active") == (status, 0, STONES)
    assert installation.watermark() == watermark
    assert (short["summary"]["updated"] > 0) == (status == "partial")
    failed = [part for part in short["partitions"] if part["status"] == "failed"]
    assert len(failed) >= 3
    assert all("503" in part["error"] or "stopped" in part["error"] for part in failed)

    installation.supplier("DELETE", "knobs")
    healed = installation.retry(short["runId"])

    assert told(healed, "status", "removed", "updated") == ("completed", 40, 200)
    assert healed["summary"]["balanced"]
    assert installation.watermark() != watermark


def test_a_host_killed_again_and_again_still_ends_with_every_stone_once(
    installation: Installation,
) -> None:
    dice = random.Random(7)
    run_id = installation.begin()
    for _ in range(6):
        time.sleep(dice.uniform(0.05, 0.8))
        installation.kill()
        installation.start()

    run = installation.follow(run_id)

    assert told(run, "status", "fetched", "new") == ("completed", STONES, STONES)
    assert told(run, "duplicate", "active", "balanced") == (0, STONES, True)
    assert len(installation.rows(CATALOGUE)) == STONES
    assert installation.rows("SELECT count(*) FROM raw_diamonds") == [(STONES,)]
    assert installation.rows("SELECT count(*) FROM run_sightings") == [(0,)]


def test_a_busy_provider_answers_with_the_run_that_keeps_it_busy(
    installation: Installation,
) -> None:
    installation.supplier("POST", "knobs", latency_ms=200)
    run_id = installation.begin()

    refused = installation.client.post("/v2/runs", json={"feed": "demo"})

    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "RUN_IN_PROGRESS"
    assert run_id in refused.json()["error"]["message"]

    cancelled = installation.client.post(f"/v2/runs/{run_id}/cancel")
    ended = installation.follow(run_id)

    assert cancelled.status_code == 202
    assert told(ended, "status", "removed") == ("cancelled", 0)
    assert installation.watermark() is None


def test_bad_requests_about_runs_get_documented_errors(installation: Installation) -> None:
    client = installation.client
    unknown = "00000000-0000-0000-0000-000000000000"

    answers = {
        "feed": client.post("/v2/runs", json={"feed": "nowhere"}),
        "type": client.post("/v2/runs", json={"type": "sometimes"}),
        "json": client.post("/v2/runs", content=b"{nonsense"),
        "list": client.post("/v2/runs", content=b"[]"),
        "missing": client.get(f"/v2/runs/{unknown}"),
        "cancel": client.post(f"/v2/runs/{unknown}/cancel"),
        "retry": client.post(f"/v2/runs/{unknown}/retry"),
        "id": client.get("/v2/runs/not-a-run"),
        "cursor": client.get("/v2/runs", params={"cursor": "xyz"}),
        "key": client.get("/v2/runs", headers={"X-API-Key": "dop_wrong"}),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "feed": 404,
        "type": 400,
        "json": 400,
        "list": 400,
        "missing": 404,
        "cancel": 404,
        "retry": 404,
        "id": 400,
        "cursor": 400,
        "key": 401,
    }
    for answer in answers.values():
        error = answer.json()["error"]
        assert set(error) >= {"code", "message", "traceId"}
