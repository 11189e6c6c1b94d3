"""Prices in other currencies over HTTP: amount, rate, date, and never a silent old rate."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from http_api.currency import list_exchange_rates
from http_api.diamonds import search_diamonds
from http_api.stone import get_diamond
from shared.access import service as access
from shared.access.model import Scope
from shared.currency import service
from shared.ingestion import queries
from shared.ingestion.writing import restage
from shared.platform import db, exact_json
from tests.conftest import AppSettings
from tests.support.currency import Bank, a_bank
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call


@pytest.fixture
def bank(app_database: str, app_settings: AppSettings) -> Iterator[Bank]:
    with a_bank(app_settings) as running:
        yield running


@pytest.fixture
def key(bank: Bank) -> dict[str, str]:
    """Three stones on sale, today's rates, and a key that may look at them."""
    with db.transaction() as conn:
        restage(conn, ShelfFeed(), [ShelfFeed().stone(listing(n)) for n in range(3)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
        issued = access.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])
    service.refresh()
    return {"X-API-Key": issued.secret}


def exact(answered: Answered) -> Any:
    return exact_json.loads(answered.raw)


def test_a_list_shows_dollars_and_the_asked_currency_with_its_rate(key: dict[str, str]) -> None:
    answered = exact(call(search_diamonds, params={"currency": "eur"}, headers=key))

    rate = answered["exchangeRate"]
    assert {**rate, "rate": 0, "date": "", "fetchedAt": ""} == {
        "base": "USD",
        "currency": "EUR",
        "rate": 0,
        "date": "",
        "source": "frankfurter-v1",
        "fetchedAt": "",
        "stale": False,
        "minorUnits": 2,
    }
    for stone in answered["data"]:
        assert stone["displayPrice"] == round(stone["price"] * rate["rate"], 2)


def test_yen_have_no_decimals(key: dict[str, str]) -> None:
    stone = call(search_diamonds, params={"limit": "1"}, headers=key).body["data"][0]

    answered = call(
        get_diamond, route={"diamond_id": stone["id"]}, params={"currency": "JPY"}, headers=key
    )

    shown = exact(answered)["data"]
    assert isinstance(shown["displayPrice"], int)
    assert isinstance(shown["displayPricePerCarat"], int)
    assert shown["price"] == Decimal(str(stone["price"]))


def test_without_a_currency_there_are_dollars_only(key: dict[str, str]) -> None:
    answered = call(search_diamonds, headers=key).body

    assert answered["exchangeRate"] is None
    assert {stone["displayPrice"] for stone in answered["data"]} == {None}


def test_a_stale_rate_says_so(key: dict[str, str], bank: Bank) -> None:
    bank.pass_days(5)

    answered = call(search_diamonds, params={"currency": "EUR"}, headers=key)

    assert (answered.status, answered.body["exchangeRate"]["stale"]) == (200, True)


def test_an_old_rate_is_refused_wherever_a_currency_is_asked_for(
    key: dict[str, str], bank: Bank
) -> None:
    bank.pass_days(9)

    refused = call(search_diamonds, params={"currency": "EUR"}, headers=key)
    listed = call(list_exchange_rates, headers=key)

    assert (refused.status, refused.error["code"]) == (503, "EXCHANGE_RATE_UNAVAILABLE")
    assert refused.error["hint"]
    assert {rate["usable"] for rate in listed.body["data"]} == {False}


@pytest.mark.parametrize(("currency", "said"), [("XXX", "no rate of XXX"), ("euros", "match")])
def test_an_unknown_currency_is_refused_by_name(
    key: dict[str, str], currency: str, said: str
) -> None:
    refused = call(search_diamonds, params={"currency": currency}, headers=key)

    assert refused.status == 400
    assert said in refused.error["fields"]["currency"]


def test_rates_are_listed_by_currency(key: dict[str, str]) -> None:
    listed = call(list_exchange_rates, headers=key).body["data"]
    one = call(list_exchange_rates, params={"currency": "JPY"}, headers=key).body["data"]

    assert [rate["currency"] for rate in listed] == sorted(rate["currency"] for rate in listed)
    assert len(listed) == 29
    assert [(rate["currency"], rate["minorUnits"], rate["usable"]) for rate in one] == [
        ("JPY", 0, True)
    ]


def test_a_key_is_needed_for_rates(key: dict[str, str]) -> None:
    assert call(list_exchange_rates).status == 401


def test_bounds_in_a_currency_compare_what_is_shown(key: dict[str, str]) -> None:
    stones = exact(call(search_diamonds, params={"currency": "eur"}, headers=key))["data"]

    for stone in stones:
        shown = str(stone["displayPrice"])
        asked = {"currency": "eur", "display_price_min": shown, "display_price_max": shown}
        found = exact(call(search_diamonds, params=asked, headers=key))["data"]
        assert [one["id"] for one in found] == [stone["id"]]
