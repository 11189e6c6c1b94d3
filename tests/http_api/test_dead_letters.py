"""Messages nobody could use, seen and put back by staff."""

from typing import Any

import pytest

from http_api import dead_letters as api
from shared.access import service
from shared.access.model import Scope
from shared.ingestion import work
from shared.notifications import queries
from shared.platform import db
from tests.support.http import Answered, call


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="ann", scopes=list(Scope))
    return {"X-API-Key": issued.secret}


@pytest.fixture
def buried(key: dict[str, str]) -> list[dict[str, Any]]:
    for number in range(3):
        work.consume(work.Delivered("work-items", f"m-{number}", "not json"))
    return listed(key)


def listed(key: dict[str, str], **params: str) -> list[dict[str, Any]]:
    asked = {"queue": "work-items", **params}
    found: list[dict[str, Any]] = call(api.list_dead_letters, headers=key, params=asked).body[
        "data"
    ]
    return found


def requeue(key: dict[str, str], **body: Any) -> Answered:
    return call(api.requeue_dead_letters, "POST", headers=key, body={"queue": "work-items", **body})


def waiting() -> list[dict[str, Any]]:
    with db.transaction() as conn:
        found = queries.list_messages(
            conn, destination="bus", status="waiting", before=None, limit=100
        )
    return [{name: message.payload[name] for name in ("queue", "body")} for message in found]


def test_dead_letters_are_listed_with_body_and_reason(
    key: dict[str, str], buried: list[dict[str, Any]]
) -> None:
    assert [letter["messageId"] for letter in buried] == ["m-0", "m-1", "m-2"]
    assert buried[0]["body"] == "not json"
    assert "Invalid JSON" in buried[0]["reason"]
    assert listed(key, queue="consolidate") == []


def test_those_named_go_back_to_their_queue_once(
    key: dict[str, str], buried: list[dict[str, Any]]
) -> None:
    chosen = buried[1]["id"]

    assert requeue(key, ids=[chosen]).body == {"requeued": [chosen]}
    assert requeue(key, ids=[chosen]).body == {"requeued": []}

    assert waiting() == [{"queue": "work-items", "body": "not json"}]
    assert [letter["messageId"] for letter in listed(key)] == ["m-0", "m-2"]


def test_all_go_back_when_none_is_named(key: dict[str, str], buried: list[dict[str, Any]]) -> None:
    assert len(requeue(key).body["requeued"]) == 3
    assert (len(waiting()), listed(key)) == (3, [])


def test_another_queue_is_refused(key: dict[str, str]) -> None:
    answered = call(api.list_dead_letters, headers=key, params={"queue": "work-done"})

    assert (answered.status, list(answered.error["fields"])) == (400, ["queue"])
