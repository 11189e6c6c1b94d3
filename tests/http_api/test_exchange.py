"""What every answer carries, and what every refusal says, whatever the endpoint."""

import logging
from datetime import date
from typing import Any, ClassVar

import azure.durable_functions as df
import azure.functions as func
import pytest

import function_app
from http_api import cors, dead_letters, error_codes, health
from http_api.deprecation import Deprecated
from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from shared.access import service
from shared.access.model import Scope
from shared.ingestion import work
from shared.notifications import queries
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.http import call

assert function_app.app  # every refusal of the product is known

bp = df.Blueprint()
OPEN = func.AuthLevel.ANONYMOUS
SHOP = "https://shop.example"


class Word(Answer):
    word: str


class Say(Asked):
    RENAMED: ClassVar[dict[str, str]] = {"wort": "word"}
    word: str = "nothing"


@bp.route("broken", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None)
def break_down(call: Call[Nothing]) -> Word:
    raise ZeroDivisionError("stone 4711 is worth nothing")


@bp.route("slow", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None)
def be_slow(call: Call[Nothing]) -> Word:
    with db.request_transaction() as conn:
        conn.execute("SELECT pg_sleep(20)")
    return Word(word="late")


@bp.route("say", methods=["GET"], auth_level=OPEN)
@endpoint(
    scope=None,
    query=Say,
    deprecated=Deprecated(date(2026, 1, 1), successor="/api/v3/say", sunset=date(2027, 1, 1)),
)
def say_old(call: Call[Say]) -> Word:
    return Word(word=call.asked.word)


@bp.route("v3/say", methods=["GET", "POST"], auth_level=OPEN)
@endpoint(scope=None, query=Say)
def say(call: Call[Say]) -> Word:
    return Word(word=call.asked.word)


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="ann", scopes=list(Scope))
    return {"X-API-Key": issued.secret}


W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Trace-Id": "order-4711"}, "order-4711"),
        ({"traceparent": W3C}, "4bf92f3577b34da6a3ce929d0e0e4736"),
        ({"X-Trace-Id": "order-4711", "traceparent": W3C}, "order-4711"),
    ],
)
def test_the_callers_trace_id_is_kept(headers: dict[str, str], expected: str) -> None:
    assert call(say, headers=headers).headers["X-Trace-Id"] == expected


@pytest.mark.parametrize("unusable", ["", "short", "x" * 65, "a b c d e f", "line\nbreak-here"])
def test_an_unusable_trace_id_is_replaced(unusable: str) -> None:
    made = call(say, headers={"X-Trace-Id": unusable}).headers["X-Trace-Id"]

    assert len(made) == 32


def test_log_lines_and_error_rows_carry_the_trace_id(
    key: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        failed = call(break_down, headers={"X-Trace-Id": "order-4711"})

    told = [getattr(record, "fields", {}) for record in caplog.records]
    assert failed.error["traceId"] == "order-4711"
    assert [line["trace_id"] for line in told if line] == ["order-4711"] * 2
    with db.transaction() as conn:
        (row,) = queries.list_errors(conn, service="http_api", before=None, limit=10)
    assert row.context == {"trace_id": "order-4711", "operation": "break_down"}
    assert row.message == "ZeroDivisionError: stone 4711 is worth nothing"


def test_a_bug_says_nothing_of_its_inside(key: dict[str, str]) -> None:
    failed = call(break_down)

    assert (failed.status, failed.error["code"]) == (500, "INTERNAL_ERROR")
    assert b"4711" not in failed.raw


def test_queue_messages_carry_the_trace_id(key: dict[str, str]) -> None:
    work.consume(work.Delivered("work-items", "m-1", "not json"))

    call(
        dead_letters.requeue_dead_letters,
        "POST",
        headers={**key, "X-Trace-Id": "order-4711"},
        body={"queue": "work-items"},
    )

    with db.transaction() as conn:
        (message,) = queries.list_messages(
            conn, destination="bus", status="waiting", before=None, limit=10
        )
    assert message.payload["trace_id"] == "order-4711"


def test_every_answer_is_fenced_in() -> None:
    for answer in (call(say), call(say, params={"unknown": "x"})):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_body_of_a_megabyte_is_refused() -> None:
    refused = call(say, "POST", body=b" " * 1_048_576)

    assert (refused.status, refused.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_slow_database_is_a_503_with_a_time_to_come_again(
    app_database: str, app_settings: AppSettings
) -> None:
    app_settings(DATABASE_REQUEST_TIMEOUT_SECONDS="1")

    slow = call(be_slow)

    assert (slow.status, slow.error["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert slow.headers["Retry-After"] == "5"


def test_a_database_that_is_gone_is_a_503(app_settings: AppSettings) -> None:
    app_settings(
        DATABASE_URL="postgresql://opus:x@127.0.0.1:9/opus", DATABASE_CONNECT_TIMEOUT_SECONDS="1"
    )

    for gone in (call(health.get_health), call(break_down)):
        assert gone.status in {500, 503}
    assert call(health.get_health).headers["Retry-After"] == "5"


def test_every_error_links_to_what_its_code_means() -> None:
    refused = call(say, params={"unknown": "x"}).error

    assert refused["docs"] == "http://localhost/api/v2/errors/VALIDATION_ERROR"
    meant = call(error_codes.get_error_code, route={"code": refused["code"]}).body["data"]
    assert (meant["code"], meant["status"]) == ("VALIDATION_ERROR", 400)


def test_every_code_is_listed_once_with_its_status() -> None:
    listed = call(error_codes.list_error_codes).body["data"]

    found = {one["code"]: one["status"] for one in listed}
    assert len(found) == len(listed)
    expected = {
        "RUN_IN_PROGRESS": 409,
        "IDEMPOTENCY_KEY_REUSED": 422,
        "UNAUTHORIZED": 401,
        "FORBIDDEN": 403,
        "INTERNAL_ERROR": 500,
    }
    assert expected.items() <= found.items()
    assert all(one["meaning"] for one in listed)


def test_an_unknown_code_is_not_found() -> None:
    assert call(error_codes.get_error_code, route={"code": "NONSENSE"}).status == 404


def preflight(origin: str) -> Any:
    request = func.HttpRequest(
        method="OPTIONS", url="http://localhost/api/v2/runs", headers={"Origin": origin}, body=b""
    )
    return cors.preflight._function.get_user_function()(request)


def test_only_named_pages_may_call_from_a_browser(
    app_database: str, app_settings: AppSettings
) -> None:
    app_settings(ACCESS_ALLOWED_ORIGINS=f"{SHOP}, https://desk.example")

    known, unknown = preflight(SHOP), preflight("https://evil.example")

    assert known.status_code == 204
    assert known.headers["Access-Control-Allow-Origin"] == SHOP
    assert "X-API-Key" in known.headers["Access-Control-Allow-Headers"]
    assert unknown.status_code == 403
    assert "Access-Control-Allow-Origin" not in unknown.headers
    readable = call(say, headers={"Origin": SHOP}).headers
    assert (readable["Access-Control-Allow-Origin"], readable["Vary"]) == (SHOP, "Origin")
    hidden = call(say, headers={"Origin": "https://evil.example"}).headers
    assert "Access-Control-Allow-Origin" not in hidden


def test_nobody_may_call_from_a_browser_unless_named(app_database: str) -> None:
    assert preflight("https://shop.example").status_code == 403
    assert preflight("null").status_code == 403


def test_what_is_deprecated_says_since_when_and_what_instead() -> None:
    headers = call(say_old).headers

    assert headers["Deprecation"] == "@1767225600"
    assert headers["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert headers["Link"] == '</api/v3/say>; rel="successor-version"'


def test_old_parameter_names_keep_working_and_say_so() -> None:
    old, new = call(say, params={"wort": "hello"}), call(say, params={"word": "hello"})

    assert old.body == new.body == {"word": "hello"}
    assert old.headers["Deprecation"].startswith("@")
    assert "Deprecation" not in new.headers
