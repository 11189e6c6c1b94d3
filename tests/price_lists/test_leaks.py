"""Whoever has a price list meets its prices and no others, whatever they ask and however."""

import base64
import binascii
import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.access.model import CUSTOMERS
from shared.diamonds import market
from shared.exports import service as exports
from shared.platform import db
from shared.platform.sql import ROOT
from tests.support.endpoints import Endpoint, endpoints
from tests.support.http import Answered
from tests.support.offers import put_many_on_sale, put_on_sale
from tests.support.price_lists import key_of, make_list, per_carat
from tests.support.till import SHOP, Till

NUMBER = re.compile(rb"\d+(?:\.\d+)?")
TOKEN = re.compile(rb"[A-Za-z0-9_=-]{16,}")
PRICELESS = {
    "list_exchange_rates",
    "open_mcp_stream",
    "end_mcp_session",
    "create_webhook",
    "delete_webhook",
    "get_webhook",
    "list_webhook_deliveries",
    "list_webhooks",
    "replay_webhook",
    "rotate_webhook_secret",
    "test_webhook",
    "update_webhook",
}
"""Whose answers and messages have ids of stones at most."""


@dataclass
class Prices:
    """Retail prices, in total and per carat, that no list's price is equal to."""

    retail: set[Decimal]

    def in_(self, text: bytes) -> set[Decimal]:
        return {Decimal(number.decode()) for number in NUMBER.findall(text)} & self.retail


def readable(answered: Answered) -> bytes:
    """All of an answer, unpacked; and what its cursors and quotes are made of."""
    raw = answered.raw
    text = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    headers = " ".join(answered.headers.values()).encode()
    return b" ".join([text, headers, *_decoded(text + b" " + headers)])


def _decoded(text: bytes) -> Iterator[bytes]:
    for token in TOKEN.findall(text):
        stripped = token.replace(b"=", b"")
        with suppress(binascii.Error):
            yield base64.urlsafe_b64decode(stripped + b"=" * (-len(stripped) % 4))


@pytest.fixture
def prices(till: Till) -> Prices:
    """A catalogue whose prices are unmistakable, each with a past; and a list below all of them."""
    terms = make_list()
    with db.transaction() as conn:
        put_many_on_sale(conn, 120)
        put_on_sale(conn, price="5000.00", certificate_number="7654321")
        put_on_sale(conn, price="4800.00")
        conn.execute("UPDATE diamond_prices SET price_model_price = floor(price_model_price) + .37")
        conn.execute(PAST)
        market.take_index(conn)
        found = conn.execute(
            "SELECT price_model_price, carats FROM diamond_prices JOIN diamonds ON id = diamond_id"
        ).fetchall()
        figures = conn.execute("SELECT median, lower_quartile FROM market_index").fetchall()
    shown = {amount for retail, carats in found for amount in both(terms.price(retail), carats)}
    retail = {amount for retail, carats in found for amount in both(retail, carats)}
    old = {retail + 100 for retail, _ in found}
    return Prices((retail | old | {each for row in figures for each in row}) - shown)


PAST = """
    INSERT INTO price_changes (diamond_id, origin, old_price, old_rule_price, old_base_price,
           old_cost, old_markup_ratio, old_fixed_fee, old_rating, old_pricing_rule_set_version,
           old_priced_at, new_price, rule, changed_at)
    SELECT diamond_id, 'reapply', price_model_price + 100, 1, 1, 1, 1, 0, 5, 1,
           now() - interval '9 days', price_model_price, -100, clock_timestamp()
      FROM diamond_prices
"""


def both(price: Decimal, carats: Decimal) -> tuple[Decimal, Decimal]:
    return price, per_carat(price, carats)


GRAPH = """
    query All($id: ID!) {
      diamonds(first: 50, sortBy: "price") { nodes { id price pricePerCarat displayPrice }
                                              page { nextCursor } }
      diamond(id: $id, currency: "USD") { price displayPrice dealScore { median lowerQuartile }
        similar(first: 5) { price } pairs { price } priceHistory { price }
        frontier { priceDifference diamond { price } } }
      certificate(lab: "GIA", number: "7654321") { price }
      marketIndex { median lowerQuartile upperQuartile }
    }"""


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


class Visit:
    """Everything a customer may do, once each, by the name of the endpoint."""

    def __init__(self, till: Till, key: dict[str, str]) -> None:
        self.till, self.key = till, key
        self.by_name = {one.name: one for one in endpoints()}
        self.heard: list[tuple[str, Answered]] = []

    def ask(self, name: str, body: Any = None, route: Any = None, **params: str) -> Any:
        one: Endpoint = self.by_name[name]
        sent = b"" if body is None else json.dumps(body).encode()
        headers = self.key | {"Idempotency-Key": f"{name}-{len(self.heard)}"}
        headers |= {"Accept": "application/json, text/event-stream"}
        answered = one.call(headers=headers, params=params, route=route, body=sent)
        assert 200 <= answered.status < 300, (name, answered.body)
        self.heard.append((name, answered))
        return answered.body

    def all(self) -> None:
        self.look()
        self.copy()
        self.buy()

    def look(self) -> None:
        found = self.ask("search_diamonds", limit="20", currency="USD")
        cursor = found["pagination"]["nextCursor"]
        self.ask("search_diamonds", limit="20", currency="USD", cursor=cursor)
        for sort_by in ("price", "price_per_carat"):
            self.ask("search_diamonds", limit="50", sort_by=sort_by, sort_order="desc")
        self.ask("search_diamonds", price_min="1000", price_per_carat_max="9000")
        self.ask("count_facets", price_max="5000")
        stones = [stone["id"] for stone in found["data"]]
        self.ask("compare_diamonds", ids=",".join(stones[:5]))
        report = {"lab": "GIA", "number": "7654321"}
        stones.insert(0, self.ask("get_certified_diamonds", route=report)["data"][0]["id"])
        self.ask("get_market_index")
        self.ask("get_market_history", shape="ROUND", carats="1")
        self.ask("ask_graph", {"query": GRAPH, "variables": {"id": stones[0]}})
        self.ask("ask_mcp", tool("search_diamonds", limit=20))
        self.ask("ask_mcp", tool("compare_diamonds", ids=stones[:3]))
        for stone in stones[:6]:
            route = {"diamond_id": stone}
            for name in ("get_deal_score", "get_price_history", "list_budget_frontier"):
                self.ask(name, route=route)
            for name in ("list_similar_diamonds", "list_matching_diamonds", "get_diamond"):
                self.ask(name, route=route)
            self.ask("get_related_diamonds", route=route)
            self.ask("ask_mcp", tool("get_diamond", id=stone))
            self.ask("ask_mcp", tool("explain_diamond", id=stone))

    def copy(self) -> None:
        here = self.ask("list_changes")["nextCursor"]
        with db.transaction() as conn:
            conn.execute("UPDATE diamonds SET culet = 'NONE'")
        self.ask("list_changes", cursor=here)
        self.ask("get_catalogue_page")
        self.ask("get_catalogue_page", format="csv")
        for file_format in ("ndjson", "csv"):
            export = {
                "export_id": self.ask("request_export", {"format": file_format})["data"]["id"]
            }
            exports.work(part_size=100)
            self.ask("get_export", route=export)
            self.ask("get_export_part", route=export | {"number": "1"})
        self.ask("list_exports")

    def buy(self) -> None:
        quote = self.ask("quote_diamond", {}, self.stone(0))["data"]["quote"]
        held = self.ask("place_hold", {"quote": quote}, self.stone(0))["data"]["id"]
        self.ask("extend_hold", {"minutes": 60}, {"hold_id": held})
        self.ask("get_hold", route={"hold_id": held})
        self.ask("list_holds")
        self.ask("release_hold", route={"hold_id": held})
        self.ask("place_hold", {}, self.stone(1))
        bought = self.ask("purchase_diamond", {}, self.stone(2))["data"]["id"]
        self.ask("get_purchase", route={"purchase_id": bought})
        begun = {"diamondId": str(self.till.shop.stone(3)), "successUrl": f"{SHOP}/thanks"}
        begun |= {"cancelUrl": f"{SHOP}/cart"}
        checkout = self.ask("begin_checkout", begun)["data"]["purchaseId"]
        self.ask("cancel_purchase", {"reason": "x"}, {"purchase_id": checkout})
        self.ask("list_purchases")
        question = {"kind": "question", "message": "When?", "purchaseId": bought}
        asked = self.ask("ask_us", question)["data"]["id"]
        self.ask("cancel_request", route={"request_id": asked})

    def stone(self, number: int) -> dict[str, str]:
        return {"diamond_id": str(self.till.shop.stone(number))}


def visited(till: Till, key: dict[str, str]) -> Visit:
    visit = Visit(till, key)
    visit.all()
    return visit


@pytest.mark.timeout(300)
@pytest.mark.parametrize("in_memory", ["true", "false"])
def test_no_retail_price_is_met_by_who_has_a_list(
    till: Till, prices: Prices, app_settings: Callable[..., None], in_memory: str
) -> None:
    app_settings(SEARCH_IN_MEMORY=in_memory)

    visit = visited(till, key_of("partners"))

    leaks = {name: prices.in_(readable(answered)) for name, answered in visit.heard}
    assert {name: found for name, found in leaks.items() if found} == {}
    with db.transaction() as conn:
        told = conn.execute("SELECT payload::text FROM outbox").fetchall()
        charged = conn.execute("SELECT price FROM purchases").fetchall()
    assert [text for (text,) in told if prices.in_(text.encode())] == []
    assert [price for (price,) in charged if price in prices.retail] == []
    customers = {one.name for one in endpoints() if one.contract.scope in CUSTOMERS}
    assert customers - PRICELESS == {name for name, _ in visit.heard}


@pytest.mark.timeout(300)
def test_the_search_for_leaks_would_find_one(till: Till, prices: Prices) -> None:
    """By whoever has no list, at every endpoint whose answer has a price in it."""
    visit = visited(till, key_of(None))

    found = {name for name, answered in visit.heard if prices.in_(readable(answered))}
    silent = {name for name, _ in visit.heard} - found
    asking = {"ask_us", "cancel_request"}
    assert silent - asking == {"count_facets", "get_export", "list_exports", "request_export"}


CUSTOMERS_SEE = ("stones", "changes", "exports", "holds", "purchases")


def test_what_customers_see_is_read_from_their_prices() -> None:
    """Retail prices are read by named exceptions only."""
    allowed = {"stones.find_costs", "stones.public_price_history"}
    statements = {
        f"{domain}.{query.partition(chr(10))[0].split()[0]}": query
        for domain in CUSTOMERS_SEE
        for query in (ROOT / "queries" / f"{domain}.sql").read_text().split("-- name: ")[1:]
    }

    raw = {name for name, query in statements.items() if "diamond_prices" in query}

    assert raw - {"holds.list_other_offers"} == allowed


def test_a_stone_of_one_client_is_not_kept_for_another(till: Till, prices: Prices) -> None:
    retail, listed = key_of(None, "a shop front"), key_of("partners")
    stone = {"diamond_id": str(till.shop.stone(0))}
    by_name = {one.name: one for one in endpoints()}

    def shown(key: dict[str, str], **headers: str) -> Answered:
        return by_name["get_diamond"].call(headers=key | headers, route=stone)

    first, second = shown(retail), shown(listed)

    assert first.body["data"]["price"] > second.body["data"]["price"]
    assert first.headers["ETag"] != second.headers["ETag"]
    assert shown(listed, **{"If-None-Match": second.headers["ETag"]}).status == 304
    assert shown(listed, **{"If-None-Match": first.headers["ETag"]}).status == 200
    assert UUID(first.body["data"]["id"]) == UUID(second.body["data"]["id"])
