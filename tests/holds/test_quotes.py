"""Quotes: a signed price that is kept until its time is over, or refused with the reason."""

from decimal import Decimal
from typing import Any

import pytest

from http_api.holds import place_hold, quote_diamond
from http_api.purchases import purchase_diamond
from shared.holds import quotes
from tests.conftest import AppSettings
from tests.support.http import Answered
from tests.support.shop import Shop

SECRET = "a secret of many characters"


@pytest.fixture(autouse=True)
def _quoting(shop: Shop, app_settings: AppSettings) -> None:
    app_settings(SELLING_QUOTE_SECRET=SECRET)


def quoted(shop: Shop) -> dict[str, Any]:
    answer = shop.ask(quote_diamond, body={}, diamond_id=shop.stone())
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body["data"]
    return found


def hold(shop: Shop, quote: str, number: int = 0, key: dict[str, str] | None = None) -> Answered:
    return shop.ask(place_hold, body={"quote": quote}, key=key, diamond_id=shop.stone(number))


def test_a_quoted_price_is_held_although_the_rules_changed(shop: Shop) -> None:
    promise = quoted(shop)
    shop.run("UPDATE diamond_prices SET price_model_price = price_model_price * 2")

    held = hold(shop, promise["quote"]).body["data"]

    assert (held["price"], held["quoted"]) == (promise["priceUsd"], True)


def test_a_quoted_price_is_bought_although_the_rules_changed(shop: Shop) -> None:
    promise = quoted(shop)
    shop.run("UPDATE diamond_prices SET price_model_price = price_model_price * 2")

    body = {"quote": promise["quote"], "idempotencyKey": "k"}
    bought = shop.ask(purchase_diamond, body=body, diamond_id=shop.stone()).body["data"]

    assert (bought["orderStatus"], bought["price"]) == ("completed", promise["priceUsd"])


def test_a_quote_keeps_its_price_while_the_supplier_leaves_a_margin(shop: Shop) -> None:
    promise = quoted(shop)
    shop.reprice(Decimal("1.10"))

    assert hold(shop, promise["quote"]).body["data"]["price"] == promise["priceUsd"]


def test_a_quote_that_would_be_sold_at_a_loss_is_refused_with_the_reason(shop: Shop) -> None:
    promise = quoted(shop)
    shop.reprice(Decimal("1.40"))

    refused = hold(shop, promise["quote"])

    assert (refused.status, refused.error["code"]) == (409, "PRICE_MOVED")
    assert "quoted" in refused.error["message"]
    assert refused.error["fields"]["oldPrice"] == promise["priceUsd"]
    assert refused.error["fields"]["newPrice"] > promise["priceUsd"]


def test_an_altered_foreign_or_misplaced_quote_is_refused(shop: Shop) -> None:
    quote = quoted(shop)["quote"]
    altered = ("A" if quote[20] != "A" else "B").join([quote[:20], quote[21:]])

    answers = [
        hold(shop, altered),
        hold(shop, "nonsense"),
        hold(shop, quote, number=1),
        hold(shop, quote, key=shop.another_key("another shop")),
    ]

    assert [answer.error["code"] for answer in answers] == ["QUOTE_INVALID"] * 4
    assert shop.rows("SELECT FROM holds") == []


def test_a_quote_ends_at_its_time(shop: Shop) -> None:
    promise = quoted(shop)
    token = quotes.redeem(promise["quote"], "a shop", shop.stone())
    ended = token.model_copy(update={"expires_at": shop.rows("SELECT now() AS now")[0]["now"]})

    refused = hold(shop, quotes._signed(ended))

    assert (refused.status, refused.error["code"]) == (409, "QUOTE_EXPIRED")


def test_a_quote_tells_nothing_of_the_cost(shop: Shop) -> None:
    promise = quotes.redeem(quoted(shop)["quote"], "a shop", shop.stone())

    assert {"cost", "markup_ratio", "feed"}.isdisjoint(promise.model_dump())


def test_without_a_secret_nothing_is_promised(shop: Shop, app_settings: AppSettings) -> None:
    app_settings(SELLING_QUOTE_SECRET="short")

    refused = shop.ask(quote_diamond, body={}, diamond_id=shop.stone())

    assert (refused.status, refused.error["code"]) == (503, "QUOTES_NOT_CONFIGURED")
