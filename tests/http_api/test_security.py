"""Held against every endpoint the app registers, so that a new one cannot be forgotten."""

import json
import re
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import pytest
from pydantic import BaseModel

from http_api.endpoint import Start, Written
from shared.access.model import Scope
from shared.ingestion import queries
from shared.ingestion.writing import restage
from shared.platform import db
from tests.support.callers import a_key, shown
from tests.support.endpoints import Endpoint, endpoints
from tests.support.feeds import ShelfFeed, listing

PUBLIC_SCOPES = (
    None,
    Scope.DIAMONDS_READ,
    Scope.DIAMONDS_EXPORT,
    Scope.HOLDS_WRITE,
    Scope.PURCHASES_READ,
    Scope.PURCHASES_WRITE,
    Scope.WEBHOOKS_WRITE,
    Scope.CHECKOUT_WRITE,
)
NOT_OURS = ("demo-feed/", "internal/", "metrics")
"""The demo supplier's own API, machines among themselves: not of the shop."""
SECRET = re.compile(r"cost|markup|margin|supplier|feed_?price|base_?price|offer", re.IGNORECASE)
SECRETS = (b"91234.56", b"1.3737", b"HIDDEN GEMS", b"supplier-secret", b"offer-secret")
EVIL = (
    "'; DROP TABLE diamonds; -- ' OR '1'='1",
    '"; SELECT pg_sleep(9); -- %s %(limit)s {} $1 \\',
    "\0",
    "\ud800",
    "1e999999",
)


def public() -> list[Endpoint]:
    return [
        one
        for one in endpoints()
        if one.contract.scope in PUBLIC_SCOPES and not one.route.startswith(NOT_OURS)
    ]


@pytest.fixture
def stones(app_database: str) -> list[str]:
    """Stones on sale whose cost, markup and supplier are unmistakable."""
    assert app_database
    with db.transaction() as conn:
        restage(conn, ShelfFeed(), [ShelfFeed().stone(listing(n)) for n in range(6)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
        conn.execute(
            "UPDATE diamonds SET feed_price = 91234.56, supplier_name = 'HIDDEN GEMS', "
            "supplier_legal_name = 'HIDDEN GEMS LLC', offer_id = 'offer-secret-' || id"
        )
        conn.execute("UPDATE diamond_prices SET markup_ratio = 1.3737")
        found = conn.execute("SELECT id::text FROM diamonds ORDER BY id").fetchall()
    return [name for (name,) in found]


def models(kind: Any, seen: set[Any]) -> Iterator[type[BaseModel]]:
    """Every model an answer can hold."""
    if get_origin(kind) in (Union, types.UnionType, list, dict, tuple, Start, Written):
        for part in get_args(kind):
            yield from models(part, seen)
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
        seen.add(kind)
        if getattr(kind, "NEEDS", None) not in PUBLIC_SCOPES:
            return
        yield kind
        for field in kind.model_fields.values():
            yield from models(field.annotation, seen)


def test_most_of_the_shop_is_looked_at() -> None:
    assert {"search_diamonds", "get_diamond", "count_facets"} <= {one.name for one in public()}


@pytest.mark.parametrize("one", public(), ids=lambda one: one.name)
def test_no_public_answer_has_a_place_for_cost_markup_or_supplier(one: Endpoint) -> None:
    told = [
        f"{model.__name__}.{name}"
        for model in models(get_type_hints(one.contract.handler)["return"], set())
        for name in model.model_fields
        if SECRET.search(name)
    ]

    assert told == []


def test_an_answer_with_a_secret_is_kept_without_it() -> None:
    """Repeated under its idempotency key it has no secret; the database never had it."""
    told = [one for one in endpoints() if one.contract.answer and secret_in(one.contract.answer)]

    assert {"issue_key", "rotate_key", "create_webhook"} <= {one.name for one in told}
    for one in told:
        assert one.contract.answer is not None
        assert "remembered" in vars(one.contract.answer), one.name


def secret_in(answer: type[BaseModel]) -> bool:
    return any("secret" in model.model_fields for model in models(answer, set()))


def test_no_public_answer_holds_cost_markup_or_supplier(stones: list[str]) -> None:
    scopes = [scope for scope in PUBLIC_SCOPES if scope is not None]
    headers = shown(a_key(*scopes))
    answered = 0
    for one in public():
        if one.method != "GET":
            continue
        route = dict.fromkeys(re.findall(r"\{(\w+)\}", one.route), stones[0])
        found = one.call(headers=headers, route=route)
        answered += found.status == 200
        assert not any(secret in found.raw for secret in SECRETS), one.name
    assert answered >= 4


def test_staff_see_them_and_leave_nothing_behind_for_the_public(stones: list[str]) -> None:
    """Also not what an earlier answer to staff may have left in a cache."""
    staff = shown(a_key(Scope.DIAMONDS_READ, Scope.COSTS_READ))
    shop = shown(a_key(Scope.DIAMONDS_READ))
    looks: list[tuple[str, dict[str, str], dict[str, str]]] = [
        ("search_diamonds", {"limit": "2"}, {}),
        ("get_diamond", {}, {"diamond_id": stones[0]}),
    ]
    for name, params, route in looks:
        (one,) = [each for each in endpoints() if each.name == name]
        seen = one.call(headers=staff, params=params, route=route)
        assert all(secret in seen.raw for secret in SECRETS if secret != b"supplier-secret")
        hidden = one.call(headers=shop, params=params, route=route)
        assert (seen.status, hidden.status) == (200, 200)
        assert not any(secret in hidden.raw for secret in SECRETS)
        assert seen.headers.get("ETag", "staff") != hidden.headers.get("ETag", "shop")


def test_staff_may_ask_for_single_columns(stones: list[str]) -> None:
    (search,) = [one for one in endpoints() if one.name == "search_diamonds"]
    staff = shown(a_key(Scope.DIAMONDS_READ, Scope.COSTS_READ))

    found = search.call(headers=staff, params={"fields": "id,feedPrice", "limit": "1"}).body["data"]

    assert [*found[0]] == ["id", "feedPrice"]


@pytest.mark.parametrize("name", ["feedPrice", "markupRatio", "supplierName", "feed_price", "*"])
def test_no_public_caller_can_ask_for_them(stones: list[str], name: str) -> None:
    (search,) = [one for one in endpoints() if one.name == "search_diamonds"]
    headers = shown(a_key(Scope.DIAMONDS_READ))

    for params in ({"fields": name}, {"sort_by": name}, {name: "1"}):
        refused = search.call(headers=headers, params=params)
        assert refused.status == 400
        assert not any(secret in refused.raw for secret in SECRETS)


def asked_fields(model: type[BaseModel] | None) -> list[str]:
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def sane(one: Endpoint) -> dict[str, str]:
    kinds = one.contract.path
    found = re.findall(r"\{(\w+)\}", one.route)
    return {name: "1" if kinds.get(name) is int else str(uuid4()) for name in found}


def attacked(one: Endpoint, evil: str) -> Iterator[dict[str, Any]]:
    """Every place of a request that takes text, one after the other."""
    path = sane(one)
    for name in path:
        yield {"route": path | {name: evil}}
    for name in asked_fields(one.contract.query):
        yield {"route": path, "params": {name: evil}}
    if one.contract.query is not None:
        yield {"route": path, "params": {evil: "1"}}
    for name in asked_fields(one.contract.body):
        yield {"route": path, "body": json.dumps({name: evil}).encode()}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_sql_in_every_parameter_of_every_endpoint_is_harmless(stones: list[str], evil: str) -> None:
    headers = shown(a_key(*Scope, reads_per_minute=10**8, writes_per_minute=10**8))
    for one in endpoints():
        if one.route.startswith("internal/"):
            continue
        for request in attacked(one, evil):
            answered = one.call(headers=headers, **request)
            assert answered.status < 500 or answered.status == 503, (one.name, request)
    with db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM diamonds").fetchone() == (len(stones),)


@pytest.mark.parametrize(
    "one", [one for one in endpoints() if one.method != "GET"], ids=lambda one: one.name
)
def test_a_megabyte_is_refused_by_every_write(one: Endpoint, app_database: str) -> None:
    over = one.contract.most_bytes
    refused = one.call(route=sane(one), body=b'{"a":"' + b"x" * over + b'"}')

    assert (refused.status, refused.error["code"]) == (413, "PAYLOAD_TOO_LARGE")


KEPT_OPEN = {
    "get_health",
    "get_metrics",
    "list_error_codes",
    "get_error_code",
    "get_picture",
    "hear_stripe",  # Stripe signs what it sends
    "hear_supplier",  # so do suppliers
    "get_openapi",
    "read_docs",
    "get_docs_file",
    "get_order",  # by a link that is signed
    "read_order",
    "ask_about_order",
    "cancel_order_request",
}


def test_only_known_endpoints_are_open_to_everybody() -> None:
    """Who adds one says here why it needs no caller."""
    opened = {
        one.name
        for one in endpoints()
        if one.contract.scope is None and not one.route.startswith(NOT_OURS)
    }

    assert opened <= KEPT_OPEN


def test_headers_of_any_bytes_are_no_error(stones: list[str]) -> None:
    (search,) = [one for one in endpoints() if one.name == "search_diamonds"]
    names = [
        *("X-API-Key", "X-Signature", "X-Client-Id", "X-Timestamp", "X-Nonce", "X-Trace-Id"),
        *("traceparent", "Origin", "X-Forwarded-For", "If-None-Match"),
    ]
    for name in names:
        for value in ("\udcff\udcfe", "\0", "é", "x" * 100_000, ""):
            answered = search.call(headers={name: value})
            assert answered.status == 401, (name, value[:9])


def test_a_body_that_is_no_utf_8_is_said_to_be_none(app_database: str) -> None:
    headers = shown(a_key())
    for one in endpoints():
        if one.method != "GET" and one.contract.body is not None and one.contract.scope:
            refused = one.call(headers=headers, route=sane(one), body=b'{"a": "\xff\xfe"}')
            assert refused.status == 400, one.name
