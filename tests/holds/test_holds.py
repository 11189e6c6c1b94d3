"""Holds over HTTP, with a supplier that answers over HTTP."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from http_api.diamonds import search_diamonds
from http_api.holds import (
    extend_hold,
    get_hold,
    list_holds,
    pause_selling,
    place_hold,
    release_hold,
    resume_selling,
)
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import AVAILABLE
from shared.access.model import Scope
from shared.holds import service
from shared.platform import db
from tests.support.http import Answered
from tests.support.rules import activate_pricing, pricing_rules
from tests.support.shop import LABGROWN, NATURAL, Shop, at_once


def hold(shop: Shop, number: int = 0, **body: Any) -> Answered:
    return shop.ask(place_hold, body=body, diamond_id=shop.stone(number))


def on_sale(shop: Shop) -> set[str]:
    found = shop.ask(search_diamonds, "GET", params={"limit": "100"})
    return {stone["id"] for stone in found.body["data"]}


def holds_at_supplier(shop: Shop) -> int:
    return len(shop.supplier.holds)


def test_a_hold_lies_at_the_supplier_and_takes_the_stone_off_sale(shop: Shop) -> None:
    held = hold(shop, minutes=20)

    assert (held.status, held.body["data"]["status"]) == (201, "active")
    assert holds_at_supplier(shop) == 1
    assert str(shop.stone()) not in on_sale(shop)
    until = datetime.fromisoformat(held.body["data"]["until"])
    asked = datetime.fromisoformat(held.body["data"]["requestedAt"])
    assert until - asked == timedelta(minutes=20)


def test_a_hundred_holds_at_once_end_as_one(shop: Shop) -> None:
    answers = at_once([lambda: hold(shop)] * 100)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 99
    assert {answer.error["code"] for answer in answers if answer.status == 409} == {"ALREADY_HELD"}
    assert holds_at_supplier(shop) == 1
    (active,) = shop.rows("SELECT status FROM holds")
    assert active["status"] == "active"


def test_a_price_that_moved_is_refused_with_both_prices_and_nothing_is_held(shop: Shop) -> None:
    (before,) = shop.rows(
        "SELECT cost, price_model_price AS price FROM diamond_prices WHERE diamond_id = %s",
        shop.stone(),
    )
    shop.reprice(Decimal("1.03"))

    refused = hold(shop)

    assert (refused.status, refused.error["code"]) == (409, "PRICE_MOVED")
    fields = refused.error["fields"]
    assert Decimal(str(fields["oldPrice"])) == before["price"]
    ratio = Decimal(str(fields["newPrice"])) / before["price"]
    assert Decimal("1.029") < ratio < Decimal("1.031")
    assert "cost" not in refused.raw.decode()
    assert holds_at_supplier(shop) == 0
    assert shop.availability(shop.stone()) == "available"


def test_a_price_within_the_tolerance_is_held_at_ours(shop: Shop) -> None:
    shop.reprice(Decimal("1.009"))

    assert hold(shop).status == 201


def test_a_denied_hold_is_recorded_told_and_takes_the_stone_off_sale(shop: Shop) -> None:
    shop.supplier.knobs = Knobs(denied_holds=1)

    denied = hold(shop)

    assert (denied.status, denied.error["code"]) == (409, "HOLD_DENIED")
    assert denied.error["fields"]["denied"] is True
    assert shop.availability(shop.stone()) == "unavailable"
    (kept,) = shop.rows("SELECT status FROM holds")
    assert kept["status"] == "denied"
    assert shop.rows("SELECT denied FROM hold_history WHERE denied")


def test_a_stone_denied_once_is_back_when_its_supplier_lists_it_again(shop: Shop) -> None:
    shop.supplier.knobs = Knobs(denied_holds=1)
    hold(shop)

    shop.ingest()

    assert shop.availability(shop.stone()) == "available"
    assert hold(shop).status == 201


def test_a_stone_that_is_gone_is_refused(shop: Shop) -> None:
    stone, gone = shop.stone(), shop.supplier_stone()
    shop.supplier.order([{"offerId": f"DIAMOND/{gone}"}])

    refused = shop.ask(place_hold, diamond_id=stone)

    assert (refused.status, refused.error["code"]) == (409, "NOT_AVAILABLE")
    assert shop.availability(stone) == "unavailable"


def test_a_lost_reply_is_cleared_up_at_once(shop: Shop) -> None:
    shop.supplier.knobs = Knobs(lost_replies=1)

    held = hold(shop)

    assert (held.status, held.body["data"]["status"]) == (201, "active")
    assert holds_at_supplier(shop) == 1
    (kept,) = shop.rows("SELECT supplier_hold_id FROM holds")
    assert kept["supplier_hold_id"] in shop.supplier.holds


def test_a_hold_whose_process_died_is_settled_by_the_watch(shop: Shop) -> None:
    with db.transaction() as conn:
        left = service.open_hold(conn, "a shop", shop.stone())
    shop.run("UPDATE holds SET requested_at = now() - interval '1 hour'")

    service.watch()

    (kept,) = shop.rows("SELECT id, status FROM holds")
    assert kept == {"id": left.id, "status": "active"}


def test_an_expired_hold_is_back_in_search_and_at_the_supplier(shop: Shop) -> None:
    hold(shop)
    shop.run("UPDATE holds SET expires_at = now()")

    service.watch()

    assert str(shop.stone()) in on_sale(shop)
    assert holds_at_supplier(shop) == 0
    (kept,) = shop.rows("SELECT status, give_back FROM holds")
    assert kept == {"status": "expired", "give_back": False}


def test_an_expired_hold_counts_for_nothing_before_the_clock_comes_round(shop: Shop) -> None:
    held = hold(shop)
    shop.run("UPDATE holds SET expires_at = now()")

    seen = shop.ask(get_hold, "GET", hold_id=held.body["data"]["id"])
    again = hold(shop)

    assert seen.body["data"]["status"] == "expired"
    assert again.status == 201
    assert holds_at_supplier(shop) == 1


def test_a_hold_is_extended_up_to_a_limit(shop: Shop) -> None:
    placed = hold(shop, minutes=10).body["data"]

    longer = shop.ask(extend_hold, body={"minutes": 60}, hold_id=placed["id"])
    longest = shop.ask(extend_hold, body={"minutes": 10_000}, hold_id=placed["id"])
    beyond = shop.ask(extend_hold, body={"minutes": 10_000}, hold_id=placed["id"])

    assert longer.body["data"]["until"] > placed["until"]
    limit = datetime.fromisoformat(placed["requestedAt"]) + timedelta(hours=48)
    assert datetime.fromisoformat(longest.body["data"]["until"]) <= limit
    assert (beyond.status, beyond.error["code"]) == (409, "HOLD_NOT_EXTENDED")


def test_a_released_stone_is_on_sale_again(shop: Shop) -> None:
    held = hold(shop).body["data"]

    released = shop.ask(release_hold, hold_id=held["id"])
    twice = shop.ask(release_hold, hold_id=held["id"])

    assert released.body["data"]["status"] == twice.body["data"]["status"] == "released"
    assert shop.availability(shop.stone()) == "available"
    assert holds_at_supplier(shop) == 0


def test_nobody_sees_extends_or_releases_what_another_client_holds(shop: Shop) -> None:
    held = hold(shop).body["data"]["id"]
    stranger = shop.another_key("another shop")

    answers = [
        shop.ask(get_hold, "GET", key=stranger, hold_id=held),
        shop.ask(extend_hold, body={"minutes": 60}, key=stranger, hold_id=held),
        shop.ask(release_hold, key=stranger, hold_id=held),
    ]

    assert [answer.status for answer in answers] == [404] * 3
    assert shop.ask(list_holds, "GET", key=stranger).body["data"] == []
    assert len(shop.ask(list_holds, "GET").body["data"]) == 1


def test_holding_needs_its_permission(shop: Shop) -> None:
    reader = shop.another_key("a reader", [Scope.DIAMONDS_READ])

    assert shop.ask(place_hold, key=reader, diamond_id=shop.stone()).status == 403


def test_rules_and_supplier_prices_leave_the_held_price_alone(shop: Shop) -> None:
    held = hold(shop).body["data"]
    shop.supplier.shelf("natural").put(0, AVAILABLE)
    shop.reprice(Decimal("1.50"))
    shop.ingest()
    with db.transaction() as conn:
        activate_pricing(conn, pricing_rules(random.Random(3), 5))
    shop.run("UPDATE diamond_prices SET price_model_price = price_model_price * 2")

    seen = shop.ask(get_hold, "GET", hold_id=held["id"])

    assert seen.body["data"]["price"] == held["price"]


def test_a_feed_does_not_overwrite_our_hold(shop: Shop) -> None:
    hold(shop)

    shop.supplier.shelf("natural").put(0, AVAILABLE)
    shop.ingest()

    assert shop.availability(shop.stone()) == "on_hold"


def test_a_paused_feed_sells_nothing_until_it_is_resumed(shop: Shop) -> None:
    for scope in ("*", NATURAL):
        shop.ask(pause_selling, "PUT", body={"reason": "stock-taking"}, scope=scope)
        refused = hold(shop)
        shop.ask(resume_selling, "DELETE", scope=scope)

        assert (refused.status, refused.error["code"]) == (503, "SELLING_PAUSED")
    assert hold(shop).status == 201


def test_a_stone_denied_by_one_feed_is_held_at_the_next_with_the_same_certificate(
    shop: Shop,
) -> None:
    asked, other = twins(shop)
    shop.supplier.knobs = Knobs(denied_holds=1)

    held = shop.ask(place_hold, diamond_id=asked).body["data"]

    assert (held["diamondId"], held["requestedDiamondId"]) == (str(other), str(asked))
    assert holds_at_supplier(shop) == 1
    events = [row["event"] for row in shop.rows("SELECT event FROM hold_history ORDER BY id")]
    assert events == ["requested", "denied", "next_offer", "held"]
    assert {shop.availability(asked), shop.availability(other)} == {"on_hold"}


def test_two_offers_of_one_certificate_are_never_both_held(shop: Shop) -> None:
    asked, other = twins(shop)

    calls = [partial(shop.ask, place_hold, diamond_id=stone) for stone in [asked, other] * 10]
    answers = at_once(calls)

    assert sorted(answer.status for answer in answers) == [201] + [409] * 19
    assert holds_at_supplier(shop) == 1


def twins(shop: Shop) -> tuple[Any, Any]:
    """A natural stone and a laboratory's that are one by their certificates and prices."""
    natural = shop.supplier.shelf("natural").stone(0)
    assert natural is not None
    shop.supplier.shelf("labgrown").reprice(0, natural.cents, 0)
    shop.ingest(LABGROWN)
    asked, other = shop.stone(), shop.stone(feed=LABGROWN)
    shop.run(
        "UPDATE diamonds AS twin SET (certificate_lab, certificate_number)"
        " = (SELECT certificate_lab, certificate_number FROM diamonds WHERE id = %s) WHERE id = %s",
        asked,
        other,
    )
    return asked, other
