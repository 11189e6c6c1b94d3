"""Nobody in who does not belong: wrong, old, altered and repeated ways in are all the same 401."""

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from http_api import callers, diamonds, keys
from http_api.callers import readers
from shared.access import admission, queries, service, signing
from shared.access.admission import Recognised
from shared.access.model import IssuedKey, Scope
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.callers import HERE, MASTER, Signer, a_key, shown
from tests.support.endpoints import endpoints
from tests.support.http import Answered, call

READER = Scope.DIAMONDS_READ
READ = (READER, Scope.RUNS_READ, Scope.RULES_READ)
Headers = dict[str, str]


@pytest.fixture(autouse=True)
def _app(app_database: str, app_settings: AppSettings) -> None:
    assert app_database
    app_settings(ACCESS_SIGNING_KEY=MASTER)


@pytest.fixture
def signer() -> Signer:
    return Signer(a_key(READER, Scope.RUNS_READ, kind="signature"))


def search(headers: Headers, **params: str) -> Answered:
    return call(diamonds.search_diamonds, headers=headers, params=params)


def changed(statement: str) -> None:
    with db.transaction() as conn:
        conn.execute(statement.encode())


def audited() -> list[tuple[Any, ...]]:
    with db.transaction() as conn:
        return conn.execute(
            "SELECT client_name, operation, status, code, address FROM audit_log ORDER BY id"
        ).fetchall()


def test_a_valid_key_and_a_valid_signature_come_in(signer: Signer) -> None:
    url = f"{HERE}?limit=3&shape=ROUND"

    assert search(shown(a_key(READER))).status == 200
    assert search(signer.headers(url=url), shape="ROUND", limit="3").status == 200
    assert search(signer.headers(nonce=None)).status == 200


def expired() -> Headers:
    return shown(a_key(READER, expires_at=datetime.now(UTC) - timedelta(seconds=1)))


def revoked() -> Headers:
    issued = a_key(READER)
    with db.transaction() as conn:
        service.revoke(conn, issued.key.id)
    return shown(issued)


def truncated() -> Headers:
    return {"X-API-Key": a_key(READER).secret[:-1]}


WRONG_KEYS: dict[str, Callable[[], Headers]] = {
    "none": dict,
    "empty": lambda: {"X-API-Key": ""},
    "wrong": lambda: {"X-API-Key": "dop_" + "x" * 43},
    "expired": expired,
    "revoked": revoked,
    "truncated": truncated,
    "not UTF-8": lambda: {"X-API-Key": "\udcff\udcfe"},
    "long": lambda: {"X-API-Key": "x" * 100_000},
    "with SQL": lambda: {"X-API-Key": "' OR true --"},
    "wrong beside a right signature": lambda: (
        Signer(a_key(READER, kind="signature")).headers() | {"X-API-Key": "wrong"}
    ),
    "a signing secret as a key": lambda: shown(a_key(READER, kind="signature")),
    "the id of a signature as a key": lambda: {
        "X-API-Key": str(a_key(READER, kind="signature").key.id)
    },
}


def refusal_of(answered: Answered) -> dict[str, Any]:
    return {name: told for name, told in answered.error.items() if name != "traceId"}


@pytest.mark.parametrize("way", WRONG_KEYS)
def test_a_wrong_key_is_a_401_that_says_no_more(way: str) -> None:
    refused = search(WRONG_KEYS[way]())

    assert refused.status == 401
    assert refusal_of(refused) == refusal_of(search({}))


WRONG_SIGNATURES: dict[str, Callable[[Signer], Headers]] = {
    "skewed": lambda signer: signer.headers(timestamp=int(time.time()) - 400),
    "from the future": lambda signer: signer.headers(timestamp=int(time.time()) + 400),
    "without an end": lambda signer: signer.headers(timestamp="NaN"),
    "without a time": lambda signer: signer.headers(timestamp=""),
    "truncated": lambda signer: cut(signer.headers(), "X-Signature"),
    "upper case": lambda signer: (
        signer.headers() | {"X-Signature": signer.headers()["X-Signature"].upper()}
    ),
    "not UTF-8": lambda signer: signer.headers() | {"X-Signature": "\udcff" * 64},
    "empty": lambda signer: signer.headers() | {"X-Signature": ""},
    "with another secret": lambda signer: signer.headers(secret="dos_" + "x" * 43),
    "for another path": lambda signer: signer.headers(url=f"{HERE}/v2/runs"),
    "for another query": lambda signer: signer.headers(url=f"{HERE}?limit=1"),
    "for another method": lambda signer: signer.headers("POST"),
    "for another body": lambda signer: signer.headers(body=b"{}"),
    "with another nonce": lambda signer: signer.headers() | {"X-Nonce": uuid4().hex},
    "with a short nonce": lambda signer: signer.headers(nonce="1"),
    "of an unknown client": lambda signer: signer.headers() | {"X-Client-Id": str(uuid4())},
    "of no client": lambda signer: signer.headers() | {"X-Client-Id": "' OR true --"},
    "of a client with a key only": lambda _: Signer(a_key(READER)).headers(),
}


def cut(headers: Headers, name: str) -> Headers:
    return headers | {name: headers[name][:-1]}


@pytest.mark.parametrize("way", WRONG_SIGNATURES)
def test_a_wrong_signature_is_the_same_401(way: str, signer: Signer) -> None:
    refused = search(WRONG_SIGNATURES[way](signer))

    assert refused.status == 401
    assert refusal_of(refused) == refusal_of(search({}))


def test_a_query_without_a_nonce_is_refused_however_well_it_is_signed(signer: Signer) -> None:
    headers = signer.headers(url=f"{HERE}?limit=3", nonce=None)

    assert search(headers, limit="3").status == 401


@pytest.mark.parametrize("nonce", ["", None])
def test_what_was_signed_is_accepted_once(signer: Signer, nonce: str | None) -> None:
    headers = signer.headers(nonce=nonce)

    assert [search(headers).status for _ in range(3)] == [200, 401, 401]


def test_a_refused_signature_uses_up_no_nonce(signer: Signer) -> None:
    headers = signer.headers()

    assert search(headers | {"X-Signature": "0" * 64}).status == 401
    assert search(headers).status == 200


def test_without_a_signing_key_nobody_can_sign(signer: Signer, app_settings: AppSettings) -> None:
    headers = signer.headers()
    app_settings(ACCESS_SIGNING_KEY="")

    assert search(headers).status == 401


def test_a_revoked_or_expired_signature_does_not_come_in(signer: Signer) -> None:
    changed("UPDATE api_keys SET expires_at = now() - interval '1 second'")
    assert search(signer.headers()).status == 401
    changed("UPDATE api_keys SET expires_at = NULL, active = false")
    assert search(signer.headers()).status == 401


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The work that recognising a caller takes, step by step."""
    taken: list[str] = []

    def watch(module: Any, name: str) -> None:
        real = getattr(module, name)

        def noted(*given: Any, **more: Any) -> Any:
            taken.append(name)
            return real(*given, **more)

        monkeypatch.setattr(module, name, noted)

    for module, name in [
        (queries, "locked_for"),
        (queries, "find_api_key"),
        (queries, "find_signing_key"),
        (queries, "use_nonce"),
        (queries, "count_failure"),
        (signing, "secret_of"),
        (signing, "signature"),
        (hmac, "compare_digest"),
        (admission, "hashed"),
    ]:
        watch(module, name)
    return taken


def test_unknown_and_known_callers_cost_the_same_work(signer: Signer, steps: list[str]) -> None:
    def work(headers: Headers) -> list[str]:
        steps.clear()
        assert search(headers).status == 401
        return [*steps]

    wrong = signer.headers() | {"X-Signature": "0" * 64}
    known = work(wrong)
    assert known == work(wrong | {"X-Client-Id": str(uuid4())})
    assert known == work(wrong | {"X-Client-Id": "nobody"})
    assert known == work(signer.headers(timestamp="x"))
    assert known == work(signer.headers(nonce="1"))
    assert {"secret_of", "signature", "compare_digest", "find_signing_key"} <= set(known)

    old = revoked()
    assert work(old) == work({"X-API-Key": "wrong"}) == work(truncated())


def test_a_reading_key_may_not_write() -> None:
    reader = a_key(READER, Scope.RUNS_READ, Scope.RULES_READ)
    writes = [
        one
        for one in endpoints()
        if one.method != "GET" and one.contract.scope not in (None, *READ)
    ]

    assert len(writes) > 20
    for one in writes:
        refused = one.call(headers=shown(reader))
        assert (refused.status, refused.error["code"]) == (403, "FORBIDDEN"), one.name


def test_guessing_locks_an_address_out(app_settings: AppSettings) -> None:
    app_settings(ACCESS_REFUSALS_BEFORE_LOCK="5", ACCESS_LOCK_SECONDS="60")
    here, elsewhere = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "198.51.100.7:443"}
    right = shown(a_key(READER))

    guessed = [search(here | {"X-API-Key": f"guess {n}"}).status for n in range(7)]

    assert guessed == [401] * 5 + [429] * 2
    locked = search(here | right)
    assert (locked.status, locked.error["code"]) == (429, "LOCKED_OUT")
    assert 1 <= int(locked.headers["Retry-After"]) <= 60
    assert search(elsewhere | right).status == 200
    changed("UPDATE caller_failures SET locked_until = now()")
    assert search(here | right).status == 200


def test_an_address_is_what_our_own_proxy_saw(app_settings: AppSettings) -> None:
    app_settings(ACCESS_REFUSALS_BEFORE_LOCK="2")
    for n in range(3):
        search({"X-API-Key": "guess", "X-Forwarded-For": f"10.0.0.{n}, 203.0.113.9:4711"})

    assert search({"X-API-Key": "guess", "X-Forwarded-For": "203.0.113.9"}).status == 429


def test_bringing_nothing_is_no_guess(app_settings: AppSettings) -> None:
    app_settings(ACCESS_REFUSALS_BEFORE_LOCK="1")

    assert [search({"X-Forwarded-For": "203.0.113.9"}).status for _ in range(4)] == [401] * 4


def test_answers_tell_what_may_still_be_asked() -> None:
    headers = search(shown(a_key(READER, reads_per_minute=600))).headers

    assert headers["RateLimit-Limit"] == "600"
    assert 0 < int(headers["RateLimit-Remaining"]) < 600


def test_who_asks_too_much_is_told_when_to_come_again() -> None:
    key = shown(a_key(READER, reads_per_minute=1))

    statuses = [search(key) for _ in range(3)]

    assert [answer.status for answer in statuses] == [200, 429, 429]
    refused = statuses[1]
    assert refused.error["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Remaining"] == "0"


ADMIN = (Scope.KEYS_ADMIN, Scope.AUDIT_READ, READER, Scope.RUNS_READ)


@pytest.fixture
def admin() -> Headers:
    return shown(a_key(*ADMIN))


def give(admin: Headers, **asked: Any) -> Answered:
    body = {"clientName": "a shop", "scopes": ["diamonds:read"], **asked}
    return call(keys.issue_key, "POST", headers=admin, body=body)


def test_a_key_is_given_and_shown_once(admin: Headers) -> None:
    given = give(admin)

    assert given.status == 201
    assert search({"X-API-Key": given.body["secret"]}).status == 200
    listed = call(keys.list_keys, headers=admin)
    assert given.body["data"]["id"] in [key["id"] for key in listed.body["data"]]
    assert given.body["secret"].encode() not in listed.raw


def test_a_repeated_gift_gives_one_key_and_does_not_keep_its_secret(admin: Headers) -> None:
    repeated = {**admin, "Idempotency-Key": "k-1"}

    first, second = give(repeated), give(repeated)

    assert first.body["data"] == second.body["data"]
    assert (second.status, second.body["secret"]) == (201, None)
    with db.transaction() as conn:
        (stored,) = conn.execute("SELECT body FROM idempotency_keys").fetchone() or (b"",)
    assert first.body["secret"].encode() not in bytes(stored)


def test_nobody_gives_what_they_do_not_have(admin: Headers) -> None:
    assert give(admin, scopes=["rules:write"]).status == 403
    assert give(admin, scopes=["root"]).status == 400
    assert give(admin, scopes=[]).status == 400
    assert give(admin, expiresAt="2020-01-01T00:00:00Z").status == 400


def test_a_signature_can_be_given(admin: Headers) -> None:
    given = give(admin, kind="signature", scopes=["diamonds:read"])
    with db.transaction() as conn:
        (key,) = [one for one in queries.list_api_keys(conn) if one.kind == "signature"]

    issued = IssuedKey(secret=given.body["secret"], key=key)
    assert search(Signer(issued).headers()).status == 200


def test_without_a_signing_key_no_signature_is_given(
    admin: Headers, app_settings: AppSettings
) -> None:
    app_settings(ACCESS_SIGNING_KEY="")
    refused = give(admin, kind="signature")

    assert (refused.status, refused.error["code"]) == (503, "SIGNING_NOT_CONFIGURED")


@pytest.mark.parametrize("kind", ["key", "signature"])
def test_during_a_rotation_two_secrets_work(admin: Headers, kind: str) -> None:
    old = give(admin, kind=kind).body
    new = call(keys.rotate_key, "POST", headers=admin, route={"key_id": old["data"]["id"]})

    assert new.status == 201
    assert new.body["data"]["clientId"] == old["data"]["clientId"]
    assert new.body["secret"] != old["secret"]
    assert [comes_in(one) for one in (old, new.body)] == [200, 200]
    changed("UPDATE api_keys SET expires_at = now() WHERE rotated_to IS NOT NULL")
    readers._known.clear()
    assert [comes_in(one) for one in (old, new.body)] == [401, 200]
    again = call(keys.rotate_key, "POST", headers=admin, route={"key_id": old["data"]["id"]})
    assert again.status == 404


def comes_in(given: dict[str, Any]) -> int:
    with db.transaction() as conn:
        (key,) = [one for one in queries.list_api_keys(conn) if str(one.id) == given["data"]["id"]]
    issued = IssuedKey(secret=given["secret"], key=key)
    return search(shown(issued) if key.kind == "key" else Signer(issued).headers()).status


def test_nobody_switches_off_the_key_they_are_using(admin: Headers) -> None:
    with db.transaction() as conn:
        (own,) = queries.list_api_keys(conn)
    route = {"key_id": str(own.id)}

    revoked = call(keys.revoke_key, "DELETE", headers=admin, route=route)
    ended = call(keys.rotate_key, "POST", headers=admin, route=route, body={"overlapHours": 0})
    rotated = call(keys.rotate_key, "POST", headers=admin, route=route)

    assert [revoked.status, ended.status, rotated.status] == [409, 409, 201]
    assert revoked.error["code"] == "OWN_KEY"


def test_a_key_is_rotated_once(admin: Headers) -> None:
    old = give(admin).body["data"]["id"]
    first, second = (
        call(keys.rotate_key, "POST", headers=admin, route={"key_id": old}) for _ in range(2)
    )

    assert (first.status, second.status, second.error["code"]) == (201, 409, "KEY_ROTATED")


def test_a_revoked_key_reads_for_two_seconds_more_and_writes_no_more(
    admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = give(admin, scopes=["diamonds:read", "keys:admin"]).body
    key = {"X-API-Key": given["secret"]}
    assert search(key).status == 200

    revoked = call(keys.revoke_key, "DELETE", headers=admin, route={"key_id": given["data"]["id"]})

    assert (revoked.status, revoked.body["data"]["active"]) == (200, False)
    assert give(key).status == 401
    assert admission.TRUST_SECONDS <= 5
    monkeypatch.setattr(admission, "TRUST_SECONDS", 0.0)
    readers._known.clear()
    assert search(key).status == 401


def test_a_key_that_was_trusted_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known, issued = Recognised(), a_key(READER)
    known.remember(issued.secret, issued.key)
    assert known.find(issued.secret) == issued.key
    now = time.monotonic()
    monkeypatch.setattr(admission, "monotonic", lambda: now + admission.TRUST_SECONDS + 1)

    assert known.find(issued.secret) is None


def test_writes_and_refusals_are_noted(admin: Headers) -> None:
    address = {"X-Forwarded-For": "203.0.113.9"}
    given = give(admin | address).body
    search({"X-API-Key": "wrong"} | address)
    give({"X-API-Key": given["secret"]})
    give(admin, scopes=["root"])

    assert audited() == [
        ("ann", "issue_key", 201, None, "203.0.113.9"),
        (None, "search_diamonds", 401, "UNAUTHORIZED", "203.0.113.9"),
        ("a shop", "issue_key", 403, "FORBIDDEN", None),
        ("ann", "issue_key", 400, "VALIDATION_ERROR", None),
    ]
    shown_ = call(keys.list_audit, headers=admin, params={"refused": "true", "limit": "2"})
    assert [entry["status"] for entry in shown_.body["data"]] == [400, 403]
    assert shown_.body["pagination"]["hasMore"]


@pytest.mark.parametrize(
    "rewriting",
    ["UPDATE audit_log SET status = 200", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
def test_the_audit_log_is_only_ever_added_to(admin: Headers, rewriting: str) -> None:
    give(admin)

    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        changed(rewriting)
    assert len(audited()) == 1


def test_a_write_and_its_note_are_one(admin: Headers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any, **more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(queries, "insert_audit", fails)

    assert give(admin).status == 500
    with db.transaction() as conn:
        assert [key.client_name for key in queries.list_api_keys(conn)] == ["ann"]


def test_an_address_that_is_none_locks_nobody(app_settings: AppSettings) -> None:
    app_settings(ACCESS_REFUSALS_BEFORE_LOCK="1")
    for address in ("", "unknown", "a, b", "999.1.1.1"):
        for _ in range(3):
            assert search({"X-API-Key": "guess", "X-Forwarded-For": address}).status == 401


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("x", None),
    ],
)
def test_an_address_comes_with_or_without_a_port(hop: str, address: str | None) -> None:
    assert callers._without_port(hop) == address
