"""Staff see what was told, whether it arrived, and what goes wrong how often."""

import pytest

from http_api import notifications
from shared.access import service
from shared.access.model import Scope
from shared.notifications import error_logs, outbox, relay
from shared.platform import db
from tests.conftest import AppSettings
from tests.notifications.conftest import a_notice
from tests.support.http import call


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="ann", scopes=[Scope.RUNS_READ])
    return {"X-API-Key": issued.secret}


def test_a_failed_delivery_is_seen_with_its_error(
    key: dict[str, str], app_settings: AppSettings
) -> None:
    app_settings(SLACK_WEBHOOK_URL="http://127.0.0.1:9/services/none")
    with db.transaction() as conn:
        outbox.tell(conn, a_notice())
    relay.relay()

    answered = call(notifications.list_notifications, headers=key, params={"status": "retrying"})

    (message,) = answered.body["data"]
    assert (message["destination"], message["attempts"]) == ("slack", 1)
    assert "not reachable" in message["lastError"]
    assert message["payload"]["title"] == "Run failed: demo"
    nothing = call(notifications.list_notifications, headers=key, params={"status": "sent"})
    assert nothing.body["data"] == []


def test_messages_come_in_pages(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        for number in range(5):
            outbox.tell(conn, a_notice(run=f"run-{number}"))

    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        body = call(
            notifications.list_notifications, headers=key, params={"limit": "2", **cursor}
        ).body
        seen += [message["incidentKey"][-1] for message in body["data"]]
        cursor = {"cursor": body["pagination"]["nextCursor"]}

    assert seen == ["4", "3", "2", "1", "0"]
    assert cursor == {"cursor": None}


def test_errors_are_counted_and_paged(key: dict[str, str]) -> None:
    for message in ("page 1 is broken", "page 2 is broken", "no connection"):
        with db.transaction() as conn:
            error_logs.record(conn, "partition", message, run_id="r")

    first = call(notifications.list_errors, headers=key, params={"limit": "1"}).body
    rest = call(
        notifications.list_errors,
        headers=key,
        params={"limit": "1", "cursor": first["pagination"]["nextCursor"]},
    ).body

    assert [(e["message"], e["count"]) for e in first["data"]] == [("no connection", 1)]
    assert [(e["message"], e["count"]) for e in rest["data"]] == [("page 2 is broken", 2)]
    assert not rest["pagination"]["hasMore"]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4IiwieSJd", "WyJ4Il0"])
def test_a_made_up_cursor_is_refused(key: dict[str, str], cursor: str) -> None:
    for function in (notifications.list_notifications, notifications.list_errors):
        answered = call(function, headers=key, params={"cursor": cursor})
        assert (answered.status, "cursor" in answered.error["fields"]) == (400, True)


def test_a_key_is_needed(app_database: str) -> None:
    assert call(notifications.list_notifications).status == 401
    assert call(notifications.list_errors).status == 401
