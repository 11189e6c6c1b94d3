"""Rules of data quality over HTTP: declared, looked at before, changed, and who did it."""

from typing import Any
from uuid import uuid4

import pytest

from http_api import quality_rules as api
from http_api import runs as runs_api
from http_api.quarantine import list_quarantine
from shared.access.model import Scope
from shared.ingestion import quarantine, queries
from shared.ingestion.staging import Broken
from shared.ingestion.writing import restage
from shared.platform import clock, db
from tests.support.callers import a_key, shown
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call

PRICED = {"field": "feed_price", "comparison": ">", "value": 0, "effect": "quarantine"}


@pytest.fixture
def staff(app_database: str) -> dict[str, str]:
    """Twelve stones of 100, 107, 114 and so on."""
    assert app_database
    with db.transaction() as conn:
        restage(conn, ShelfFeed(), [ShelfFeed().stone(listing(n)) for n in range(12)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
    return shown(a_key(Scope.RUNS_READ, Scope.RUNS_WRITE, Scope.COSTS_READ))


def add(staff: dict[str, str], **changed: Any) -> Answered:
    return call(api.create_quality_rule, "POST", headers=staff, body=PRICED | changed)


def test_a_rule_is_added_changed_and_removed_and_each_is_noted(staff: dict[str, str]) -> None:
    made = add(staff, note="no gifts")
    assert made.status == 201
    rule = made.body["data"]
    assert (rule["field"], rule["value"], rule["note"]) == ("feed_price", 0, "no gifts")
    path = {"rule_id": rule["id"]}

    changed = PRICED | {"value": 12.5, "effect": "fail", "feed": "demo"}
    call(api.update_quality_rule, "PUT", headers=staff, body=changed, route=path)
    (listed,) = call(api.list_quality_rules, headers=staff).body["data"]
    assert (listed["value"], listed["effect"], listed["feed"]) == (12.5, "fail", "demo")
    call(api.delete_quality_rule, "DELETE", headers=staff, route=path)

    assert call(api.list_quality_rules, headers=staff).body["data"] == []
    noted = call(api.list_quality_rule_changes, headers=staff).body["data"]
    assert [one["action"] for one in noted] == ["removed", "changed", "added"]
    assert (noted[1]["before"]["value"], noted[1]["after"]["value"]) == (0, 12.5)
    assert noted[0]["after"] is None


def test_the_preview_tells_how_many_active_stones_each_rule_would_catch(
    staff: dict[str, str],
) -> None:
    known = add(staff).body["data"]["id"]
    proposed = PRICED | {"value": 120, "effect": "warn"}

    asked = {"rule": proposed}
    (first, second) = call(api.preview_quality_rules, "POST", headers=staff, body=asked).body[
        "data"
    ]

    assert (first["ruleId"], first["activeStones"]) == (known, 0)
    assert (second["ruleId"], second["rule"]) == (None, "feed_price > 120")
    assert second["activeStones"] == 3
    assert set(second["examples"]) == {"S-000000", "S-000001", "S-000002"}
    other = {"feed": "demo", **asked}
    found = call(api.preview_quality_rules, "POST", headers=staff, body=other).body["data"]
    assert [one["activeStones"] for one in found] == [0, 0]


def test_nobody_finds_out_what_stones_cost_who_may_not_see_it(staff: dict[str, str]) -> None:
    quarantined = Broken("S-1", None, b'{"cost": 4711}', b"hash", "color", "is missing")
    with db.transaction() as conn:
        quarantine.add(conn, ShelfFeed(), uuid4(), quarantined)
    operator = shown(a_key(Scope.RUNS_READ, Scope.RUNS_WRITE))

    asked = {"rule": PRICED | {"value": 120}}
    guessed = call(api.preview_quality_rules, "POST", headers=operator, body=asked)
    (seen,) = call(list_quarantine, headers=operator).body["data"]
    (told,) = call(list_quarantine, headers=staff).body["data"]

    assert guessed.status == 403
    assert (seen["reason"], seen["payload"]) == ("is missing", None)
    assert told["payload"] == '{"cost": 4711}'


def test_a_run_shows_what_its_rules_caught(staff: dict[str, str]) -> None:
    add(staff)
    with db.transaction() as conn:
        run = queries.insert_run(
            conn,
            run_id=uuid4(),
            feed="demo",
            provider="demo",
            run_type="full",
            requested_by="a test",
            watermark_before=None,
            read_from=None,
            captured_at=clock.now(),
        )

    path = {"run_id": str(run.run_id)}
    (shown_rule,) = call(runs_api.get_run, headers=staff, route=path).body["data"]["quality"]

    assert (shown_rule["rule"], shown_rule["effect"]) == ("feed_price > 0", "quarantine")
    assert (shown_rule["listings"], shown_rule["example"]) == (0, None)


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"field": "lustre"}, 400), ({"value": "much"}, 400), ({"feed": "nobody"}, 404)],
)
def test_a_rule_that_nothing_could_be_judged_by_is_refused(
    staff: dict[str, str], changed: dict[str, Any], status: int
) -> None:
    assert add(staff, **changed).status == status


def test_a_rule_that_is_not_there_cannot_be_changed(staff: dict[str, str]) -> None:
    path = {"rule_id": str(uuid4())}

    answered = call(api.update_quality_rule, "PUT", headers=staff, body=PRICED, route=path)

    assert (answered.status, answered.error["code"]) == (404, "QUALITY_RULE_NOT_FOUND")


def test_who_only_reads_runs_declares_no_rules(staff: dict[str, str]) -> None:
    assert staff
    reader = shown(a_key(Scope.RUNS_READ))

    assert add(reader).status == 403
    assert call(api.list_quality_rules, headers=reader).status == 200
