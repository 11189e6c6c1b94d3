"""One stone over HTTP, what stands beside it, and nothing that is nobody's business."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from http_api import comparisons, market, stone
from shared.access import service
from shared.access.model import Scope
from shared.diamonds import market as index
from shared.platform import db
from tests.support.http import Answered, call
from tests.support.offers import put_many_on_sale, put_on_sale

SECRETS = ("cost", "markup", "supplier", "Secret Supplies", "feed", "offer", "rule", "4000.00")


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])
    return {"X-API-Key": issued.secret}


@pytest.fixture
def diamond(key: dict[str, str]) -> UUID:
    """Among a few hundred competitors."""
    with db.transaction() as conn:
        put_many_on_sale(conn, 800)
        return put_on_sale(conn, price="5000.00", image_url="https://p.example/1.jpg")


@pytest.fixture
def ask(key: dict[str, str], diamond: UUID) -> Callable[..., Answered]:
    def asking(function: Any, **params: str) -> Answered:
        route = {"diamond_id": str(diamond)}
        return call(function, route=route, headers=key, params=params)

    return asking


Ask = Callable[..., Answered]


def test_a_stone_is_shown_with_media_verification_and_size(ask: Ask) -> None:
    shown = ask(stone.get_diamond).body["data"]

    assert shown["media"] == {
        "images": ["https://p.example/1.jpg"],
        "video": None,
        "fallbackImage": "/api/v2/pictures/round.svg",
    }
    assert shown["certificateVerificationUrl"].endswith("reportno=1234567890")
    assert shown["faceUp"] == {"areaMm2": 32.91, "visualCarats": 0.99, "spreadPct": -1.2}


ONE_STONE = [
    stone.get_diamond,
    stone.get_related_diamonds,
    stone.list_similar_diamonds,
    stone.list_matching_diamonds,
    stone.get_price_history,
    stone.get_deal_score,
    stone.list_budget_frontier,
]


@pytest.mark.parametrize("function", ONE_STONE)
def test_nothing_shows_cost_markup_or_supplier(ask: Ask, function: Any) -> None:
    answered = ask(function)

    assert answered.status == 200
    assert [word for word in SECRETS if word.encode() in answered.raw] == []


@pytest.mark.parametrize("function", ONE_STONE)
def test_an_unknown_stone_is_not_found_anywhere(key: dict[str, str], function: Any) -> None:
    missing = call(function, route={"diamond_id": str(uuid4())}, headers=key)
    nonsense = call(function, route={"diamond_id": "1 OR 1=1"}, headers=key)
    stranger = call(function, route={"diamond_id": str(uuid4())})

    assert (missing.status, missing.error["code"]) == (404, "DIAMOND_NOT_FOUND")
    assert (nonsense.status, stranger.status) == (400, 401)


def test_similar_stones_come_nearest_first(ask: Ask) -> None:
    found = ask(stone.list_similar_diamonds, limit="5").body["data"]

    assert len(found) == 5
    assert [s["distance"] for s in found] == sorted(s["distance"] for s in found)


def test_a_deal_tells_how_many_it_was_compared_with(ask: Ask) -> None:
    told = ask(stone.get_deal_score).body["data"]

    assert told["peers"] >= 20
    assert 0 <= told["score"] <= 100
    assert told["lowerQuartile"] <= told["median"] <= told["upperQuartile"]


def test_a_budget_buys_better_stones(ask: Ask) -> None:
    offers = ask(stone.list_budget_frontier, budget_pct="50").body["data"]

    assert offers
    for offer in offers:
        assert offer["diamond"]["price"] <= 7_500
        assert offer["priceDifference"] == round(offer["diamond"]["price"] - 5_000, 2)


@pytest.mark.parametrize(
    ("function", "params"),
    [
        (stone.list_budget_frontier, {"budget_pct": "0"}),
        (stone.list_similar_diamonds, {"limit": "51"}),
        (stone.get_related_diamonds, {"carat_tolerance": "6"}),
        (stone.get_diamond, {"colour": "D"}),
    ],
)
def test_what_cannot_be_asked_is_refused(ask: Ask, function: Any, params: dict[str, str]) -> None:
    assert ask(function, **params).status == 400


def test_a_price_history_is_gapless_and_ends_today(ask: Ask, diamond: UUID) -> None:
    with db.transaction() as conn:
        for old, new in (("4800", "5200"), ("5200", "5000")):
            conn.execute(
                "INSERT INTO price_changes (diamond_id, origin, old_price, old_rule_price,"
                " old_base_price, old_cost, old_markup_ratio, old_fixed_fee, old_rating,"
                " old_pricing_rule_set_version, old_priced_at, new_price, rule, changed_at)"
                " VALUES (%(id)s, 'reapply', %(old)s, 1, 1, 1, 1, 0, 5, 1, now(), %(new)s,"
                " %(new)s::numeric - %(old)s, clock_timestamp())",
                {"id": diamond, "old": Decimal(old), "new": Decimal(new)},
            )

    told = ask(stone.get_price_history).body["data"]

    assert [step["price"] for step in told["steps"]] == [5000.0, 5200.0, 4800.0]
    assert told["steps"][0]["until"] is None
    ends = [step["until"] for step in told["steps"][1:]]
    assert ends == [step["since"] for step in told["steps"][:-1]]
    assert told["lowestPriceOf30Days"] == 4800.0


def compared(key: dict[str, str], *ids: Any) -> Answered:
    listed = ",".join(map(str, ids))
    return call(comparisons.compare_diamonds, headers=key, params={"ids": listed})


def test_stones_are_compared_in_the_order_they_were_asked_for(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        plain = put_on_sale(conn, price="5000")
        better = put_on_sale(conn, price="6000", color="E", cut=None)
    gone = uuid4()

    answered = compared(key, better, plain, gone)

    told = answered.body["data"]
    assert [shown["id"] for shown in told["diamonds"]] == [str(better), str(plain)]
    found = {one["field"]: (one["values"], one["best"]) for one in told["differences"]}
    assert found["color"] == (["E", "G"], [0])
    assert found["price"] == ([6000.0, 5000.0], [1])
    assert told["missing"] == [{"id": str(better), "fields": ["cut"]}]
    assert told["notFound"] == [str(gone)]
    assert [w for w in SECRETS if w.encode() in answered.raw and w != "4000.00"] == []


def test_one_or_six_stones_cannot_be_compared(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        one = put_on_sale(conn)

    assert compared(key, one, one).status == 400
    assert compared(key, *(uuid4() for _ in range(6))).status == 400
    assert compared(key, "x", "y").status == 400
    gone = compared(key, one, uuid4())
    assert (gone.status, gone.error["code"]) == (404, "TOO_FEW_TO_COMPARE")


def certified(key: dict[str, str], lab: str, number: str) -> Answered:
    route = {"lab": lab, "number": number}
    return call(comparisons.get_certified_diamonds, headers=key, route=route)


def test_a_report_is_found_however_it_is_typed_and_its_best_offer_first(
    key: dict[str, str],
) -> None:
    report: dict[str, Any] = {"certificate_lab": "IGI", "certificate_number": "LG777"}
    with db.transaction() as conn:
        held = put_on_sale(conn, **report, price="1", feed_availability="on_hold")
        dear = put_on_sale(conn, **report, price="6000")
        cheap = put_on_sale(conn, **report, price="5000", feed="other")

    answered = certified(key, "igi", "lg 777")

    assert [s["id"] for s in answered.body["data"]] == [str(cheap), str(dear), str(held)]
    assert answered.body["verificationUrl"].endswith("?r=LG777")
    missing = certified(key, "GIA", "LG777")
    assert (missing.status, missing.error["code"]) == (404, "CERTIFICATE_NOT_FOUND")


def test_a_drawing_can_be_had_by_everybody(app_database: str) -> None:
    drawn = call(stone.get_picture, route={"shape": "oval"})

    assert (drawn.status, drawn.raw[:4]) == (200, b"<svg")
    assert call(stone.get_picture, route={"shape": "blob"}).status == 404


def test_the_market_is_told_by_kind_and_by_day(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        put_on_sale(conn, price="4500", carats=Decimal("1.50"))
        index.take_index(conn)

    kinds = call(market.get_market_index, headers=key, params={"shape": "round"}).body["data"]
    days = call(
        market.get_market_history, headers=key, params={"shape": "Round", "carats": "1.7"}
    ).body["data"]

    assert [(kind["caratsFrom"], kind["median"]) for kind in kinds] == [(1.5, 3000.0)]
    assert [day["median"] for day in days] == [3000.0]
    assert call(market.get_market_index).status == 401
