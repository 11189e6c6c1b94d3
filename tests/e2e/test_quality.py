"""Data quality on the real app: a rule stops a run, quarantines, is withdrawn, and all arrives."""

import pytest

from tests.e2e.conftest import STONES
from tests.support.installation import Installation

pytestmark = pytest.mark.timeout(180)

NEVER = {"field": "feed_price", "comparison": ">", "value": 100_000_000}
PRICES = "SELECT id, feed_price FROM diamonds ORDER BY id"


def test_what_a_rule_stops_is_not_published_until_the_rule_is_gone(
    installation: Installation,
) -> None:
    installation.run()
    watermark, before = installation.watermark(), installation.rows(PRICES)
    rules = "/v2/quality-rules"
    made = installation.client.post(rules, json={**NEVER, "effect": "fail"})
    rule = f"{rules}/{made.json()['data']['id']}"
    (caught,) = installation.client.post(f"{rules}/preview", json={}).json()["data"]
    assert caught["activeStones"] == STONES

    installation.supplier("POST", "changes", reprice=100)
    refused = installation.run()
    assert (refused["status"], refused["sweep"]) == ("failed", "not_due")
    assert "against the rule feed_price > 100000000" in refused["error"]
    assert [one["effect"] for one in refused["quality"]] == ["fail"]
    assert (installation.watermark(), installation.rows(PRICES)) == (watermark, before)

    assert installation.client.put(rule, json={**NEVER, "effect": "quarantine"}).is_success
    kept_off = installation.run()
    assert (kept_off["status"], kept_off["summary"]["quarantined"]) == ("completed", 100)
    assert installation.rows(PRICES) == before

    assert installation.client.delete(rule).is_success
    replayed = installation.run("replay")
    assert (replayed["status"], replayed["settled"]["moved"]) == ("completed", 100)
    changed = dict(installation.rows(PRICES)).items() - dict(before).items()
    assert len(changed) == replayed["summary"]["updated"] == 100
    stone, _ = changed.pop()
    found = installation.client.get(f"/v2/diamonds/{stone}/payloads/diff").json()["data"]
    assert found["later"]["runId"] == replayed["runId"]
    assert any("price" in one["path"].lower() for one in found["differences"])
