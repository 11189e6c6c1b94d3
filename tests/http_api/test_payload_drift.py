"""Staff see what a supplier sends otherwise than before, and accept it."""

from typing import Any
from uuid import uuid4

import pytest

from http_api import payload_drift as api
from http_api import runs as runs_api
from shared.access.model import Scope
from shared.drift import queries
from shared.drift.model import Field, Place
from shared.ingestion import queries as ingestion
from shared.platform import clock, db
from tests.support.callers import a_key, shown
from tests.support.http import call

RUN = uuid4()


@pytest.fixture
def staff(app_database: str) -> dict[str, str]:
    """Three fields of a run are new, and another feed's type changed."""
    assert app_database
    fields = [Field(Place(f"extra.{n}", "number"), str(n), "new_field", (), "warn") for n in "123"]
    grade = Field(Place("grade", "object"), "{from, to}", "type_changed", ("string",), "quarantine")
    with db.transaction() as conn:
        queries.insert_fields(conn, feed="shelf", run_id=RUN, fields=fields)
        queries.insert_fields(conn, feed="demo", run_id=uuid4(), fields=[grade])
        queries.insert_fields(
            conn, feed="demo", run_id=RUN, fields=[Field(Place("id", "string"), "'1'", None)]
        )
    return shown(a_key(Scope.RUNS_READ, Scope.RUNS_WRITE))


def listed(staff: dict[str, str], **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call(api.list_payload_drift, headers=staff, params=params).body[
        "data"
    ]
    return found


def test_drift_is_listed_by_feed_the_newest_first(staff: dict[str, str]) -> None:
    newest, *_ = listed(staff)

    assert {name: newest[name] for name in ("feed", "path", "type", "drift", "policy")} == {
        "feed": "demo",
        "path": "grade",
        "type": "object",
        "drift": "type_changed",
        "policy": "quarantine",
    }
    assert (newest["typesBefore"], newest["sample"]) == (["string"], "{from, to}")
    paths = [one["path"] for one in listed(staff, feed="shelf")]
    assert paths == ["extra.3", "extra.2", "extra.1"]


def test_the_list_is_paged(staff: dict[str, str]) -> None:
    first = call(api.list_payload_drift, headers=staff, params={"limit": "3"}).body
    rest = listed(staff, limit="3", cursor=first["pagination"]["nextCursor"])

    assert [one["path"] for one in first["data"] + rest] == [
        "grade",
        "extra.3",
        "extra.2",
        "extra.1",
    ]


def test_what_is_acknowledged_is_open_no_longer(staff: dict[str, str]) -> None:
    ids = [one["id"] for one in listed(staff, feed="demo")]
    answered = call(
        api.acknowledge_payload_drift, "POST", headers=staff, body={"ids": [*ids, 999_999]}
    ).body["data"]

    assert [one["id"] for one in answered] == ids
    assert None not in (answered[0]["acknowledgedBy"], answered[0]["acknowledgedAt"])
    assert {one["feed"] for one in listed(staff, open="true")} == {"shelf"}
    assert len(listed(staff)) == 4


def test_only_who_operates_runs_acknowledges(staff: dict[str, str]) -> None:
    reader = shown(a_key(Scope.RUNS_READ))
    refused = call(api.acknowledge_payload_drift, "POST", headers=reader, body={"ids": [1]})

    assert (refused.status, len(listed(reader))) == (403, 4)
    assert call(api.list_payload_drift, headers=shown(a_key(Scope.DIAMONDS_READ))).status == 403


def test_a_run_shows_what_it_was_the_first_to_see(staff: dict[str, str]) -> None:
    with db.transaction() as conn:
        ingestion.insert_run(
            conn,
            run_id=RUN,
            feed="shelf",
            provider="shelf",
            run_type="full",
            requested_by="a test",
            watermark_before=None,
            read_from=None,
            captured_at=clock.now(),
        )
    shown_run = call(runs_api.get_run, headers=staff, route={"run_id": str(RUN)}).body["data"]

    assert [one["path"] for one in shown_run["drift"]] == ["extra.1", "extra.2", "extra.3"]
