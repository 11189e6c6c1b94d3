"""A write that is sent twice happens once, whoever sends it when, and whoever dies in between."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import azure.durable_functions as df
import azure.functions as func
import psycopg
import pytest

from http_api import pricing_rules
from http_api.endpoint import Answer, Asked, Call, endpoint
from shared.access import idempotency, service
from shared.access.model import Scope
from shared.platform import db
from shared.platform.errors import Conflict
from tests.support.http import Answered, call

bp = df.Blueprint()


class Note(Asked):
    text: str
    idempotency_key: str | None = None


class Noted(Answer):
    text: str
    notes: int


class Meanwhile:
    """What happens to a request between its work and its answer."""

    happens: Callable[[], Any] = staticmethod(lambda: None)


@bp.route("notes", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=Note, status=201)
def take_note(call: Call[Note]) -> Noted:
    with db.transaction() as conn:
        conn.execute("INSERT INTO notes VALUES (%s)", [call.asked.text])
        found = conn.execute("SELECT count(*) FROM notes").fetchone()
    Meanwhile.happens()
    return Noted(text=call.asked.text, notes=found[0] if found else 0)


@bp.route("notes/slow", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=Note, status=201, once="steps")
def take_note_in_steps(call: Call[Note]) -> Noted:
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO notes SELECT %(key)s WHERE NOT EXISTS "
            "(SELECT FROM notes WHERE text = %(key)s)",
            {"key": call.idempotency_key},
        )
    Meanwhile.happens()
    return Noted(text=call.asked.text, notes=notes())


@pytest.fixture
def key(app_database: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(Meanwhile, "happens", staticmethod(lambda: None))
    with db.transaction() as conn:
        conn.execute("CREATE TABLE notes (text text)")
    return new_key()


def new_key(name: str = "ann") -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name=name, scopes=[Scope.RULES_WRITE])
    return {"X-API-Key": issued.secret}


def note(
    key: dict[str, str], text: str, under: str | None, function: Any = take_note, **body: str
) -> Answered:
    headers = key if under is None else {**key, "Idempotency-Key": under}
    return call(function, "POST", headers=headers, body={"text": text, **body})


def notes() -> int:
    with db.transaction() as conn:
        found = conn.execute("SELECT count(*) FROM notes").fetchone()
    assert found
    return int(found[0])


def kept() -> int:
    with db.transaction() as conn:
        found = conn.execute("SELECT count(*) FROM idempotency_keys").fetchone()
    assert found
    return int(found[0])


def happens_meanwhile(monkeypatch: pytest.MonkeyPatch, what: Callable[[], Any]) -> None:
    monkeypatch.setattr(Meanwhile, "happens", staticmethod(what))


BOTH = pytest.mark.parametrize("function", [take_note, take_note_in_steps])


def end_connections(app_database: str) -> list[int]:
    with psycopg.connect(app_database) as conn:
        rows = conn.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'diamond-opus' AND datname = current_database()"
        ).fetchall()
        for (pid,) in rows:
            conn.execute("SELECT pg_terminate_backend(%s)", [pid])
    return [pid for (pid,) in rows]


@BOTH
def test_a_repeated_write_is_answered_alike_and_done_once(
    key: dict[str, str], function: Any
) -> None:
    first = note(key, "hello", "k-1", function)
    second = note(key, "hello", "k-1", function)

    assert (first.status, second.status) == (201, 201)
    assert first.raw == second.raw
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert notes() == 1


def test_without_a_key_every_write_counts(key: dict[str, str]) -> None:
    note(key, "hello", None)
    note(key, "hello", None)

    assert (notes(), kept()) == (2, 0)


@BOTH
def test_another_request_under_the_same_key_is_refused(key: dict[str, str], function: Any) -> None:
    note(key, "hello", "k-1", function)

    other = note(key, "goodbye", "k-1", function)

    assert (other.status, other.error["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert notes() == 1


def test_another_operation_under_the_same_key_is_refused(key: dict[str, str]) -> None:
    note(key, "hello", "k-1")

    assert note(key, "hello", "k-1", take_note_in_steps).status == 422


def test_spaces_and_order_of_the_json_make_no_other_request(key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": "k-1"}
    one = call(take_note, "POST", headers=headers, body=b'{"text":"hello"}')
    two = call(take_note, "POST", headers=headers, body=b'{ "text" : "hello" }')

    assert (one.raw, notes()) == (two.raw, 1)


def test_two_clients_may_use_the_same_key(key: dict[str, str]) -> None:
    note(key, "hello", "k-1")

    assert note(new_key("bob"), "hello", "k-1").body["notes"] == 2


def test_a_clients_new_key_repeats_what_its_old_one_did(key: dict[str, str]) -> None:
    note(key, "hello", "k-1")

    assert note(new_key(), "hello", "k-1").headers["Idempotency-Replayed"] == "true"


def test_the_key_may_stand_in_the_body(key: dict[str, str]) -> None:
    note(key, "hello", None, idempotency_key="k-1")
    again = note(key, "hello", "k-1")
    contradiction = note(key, "hello", "k-1", idempotency_key="k-2")

    assert again.headers["Idempotency-Replayed"] == "true"
    assert (contradiction.status, notes()) == (400, 1)


@pytest.mark.parametrize("unusable", ["", " ", "k" * 256, "schlüssel"])
def test_an_unusable_key_is_said_to_be(key: dict[str, str], unusable: str) -> None:
    refused = note(key, "hello", unusable)

    assert (refused.status, list(refused.error["fields"])) == (400, ["Idempotency-Key"])
    assert notes() == 0


@BOTH
def test_while_one_is_at_it_the_other_is_told_so(
    key: dict[str, str], function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, may_end = threading.Event(), threading.Event()

    def wait() -> None:
        working.set()
        assert may_end.wait(30)

    happens_meanwhile(monkeypatch, wait)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(note, key, "hello", "k-1", function)
        assert working.wait(30)
        second = note(key, "hello", "k-1", function)
        may_end.set()
        assert first.result().status == 201

    assert (second.status, second.error["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert second.headers["Retry-After"] == "1"
    assert notes() == 1


def test_of_many_at_once_one_is_done(key: dict[str, str]) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: note(key, "hello", "k-1"), range(24)))

    done = [answer for answer in answers if answer.status == 201]
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.raw for answer in done}) == 1
    assert notes() == 1


@BOTH
def test_a_refusal_is_not_remembered(
    key: dict[str, str], function: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise Conflict("Not now.")

    happens_meanwhile(monkeypatch, refuse)
    assert note(key, "hello", "k-1", function).status == 409
    happens_meanwhile(monkeypatch, lambda: None)

    assert note(key, "hello", "k-1", function).status == 201
    assert notes() == 1


def test_a_request_whose_database_died_left_nothing_behind(
    key: dict[str, str], app_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    happens_meanwhile(monkeypatch, lambda: end_connections(app_database))
    assert note(key, "hello", "k-1").status == 503
    happens_meanwhile(monkeypatch, lambda: None)

    again = note(key, "hello", "k-1")

    assert (again.status, again.body["notes"]) == (201, 1)
    assert "Idempotency-Replayed" not in again.headers


def test_steps_of_a_process_that_died_are_taken_up_after_its_lease(
    key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """As if the process ended here: nothing of ours runs any more."""

    def die() -> None:
        raise Killed

    happens_meanwhile(monkeypatch, die)
    with pytest.raises(Killed):
        note(key, "hello", "k-1", take_note_in_steps)
    happens_meanwhile(monkeypatch, lambda: None)

    assert note(key, "hello", "k-1", take_note_in_steps).status == 409
    with db.transaction() as conn:
        conn.execute("UPDATE idempotency_keys SET claimed_until = now() - interval '1 second'")
    assert note(key, "hello", "k-1", take_note_in_steps).status == 201
    assert notes() == 1


def test_an_expired_key_is_new_again_and_swept_away(key: dict[str, str]) -> None:
    note(key, "hello", "k-1")
    with db.transaction() as conn:
        conn.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")

    assert note(key, "goodbye", "k-1").body["notes"] == 2
    assert (idempotency.forget(), kept()) == (0, 1)
    with db.transaction() as conn:
        conn.execute("UPDATE idempotency_keys SET expires_at = now() - interval '1 second'")
    assert (idempotency.forget(), kept()) == (1, 0)


def test_the_writes_of_the_product_take_a_key(key: dict[str, str]) -> None:
    headers = {**key, "Idempotency-Key": str(uuid4())}
    made = [
        call(pricing_rules.create_pricing_rule_set, "POST", headers=headers, body={"reason": "x"})
        for _ in range(2)
    ]

    assert made[0].status == 201
    assert made[0].body == made[1].body
