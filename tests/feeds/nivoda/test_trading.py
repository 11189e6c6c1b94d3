"""Holds and orders: the right id each, refusals told apart from silence, nothing sent twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from local.partners.nivoda.knobs import Knobs
from shared.feeds import registry
from shared.feeds.model import (
    Declined,
    FeedQuery,
    FeedUnreachable,
    Held,
    Offer,
    Ordered,
    OutcomeUnknown,
    PriceRange,
    Purchase,
    Trading,
)
from shared.feeds.registry import FeedDoesNotTrade, FeedUnknown
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.feeds import ShelfFeed

WHOLE = PriceRange(Decimal(0), None)


@pytest.fixture
def stone(partner: nivoda.Running) -> str:
    return partner.supplier.ids("natural")[7]


def offer_of(trading: Trading, stone: str) -> Offer:
    offer = trading.check(stone)
    assert offer is not None
    return offer


def purchase(stone: str) -> Purchase:
    return Purchase(offer_id=f"DIAMOND/{stone}", reference="ORD-1", comment="Handle with care")


def test_a_stone_is_checked_as_it_is_now(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    offer = offer_of(trading, stone)

    item = partner.supplier.item(stone)
    assert offer == Offer(stone, item["id"], "available", Decimal(item["price"]) / 100, None)


def test_a_stone_that_is_gone_has_no_offer(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    trading.order(purchase(stone))

    assert trading.check(stone) is None
    assert trading.check("00000000-0000-4000-8000-000000000000") is None


def test_a_hold_takes_the_stone_off_the_shelf_and_a_release_puts_it_back(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    feed = registry.feed("nivoda-natural")
    held = trading.hold(stone)

    assert isinstance(held, Held)
    assert offer_of(trading, stone).availability == "on_hold"
    assert offer_of(trading, stone).hold_id == held.hold_id
    assert feed.count(FeedQuery(), [WHOLE]) == [169]
    trading.release(held.hold_id)
    assert offer_of(trading, stone).availability == "available"
    assert feed.count(FeedQuery(), [WHOLE]) == [170]


def test_a_hold_says_until_when(trading: Trading, partner: nivoda.Running, stone: str) -> None:
    held = trading.hold(stone)

    assert isinstance(held, Held)
    assert held.until is not None
    assert abs(held.until - datetime.now(UTC) - timedelta(hours=48)) < timedelta(minutes=1)


def test_a_denied_hold_is_declined(trading: Trading, partner: nivoda.Running, stone: str) -> None:
    partner.supplier.knobs = Knobs(denied_holds=1)

    assert isinstance(trading.hold(stone), Declined)
    assert isinstance(trading.hold(stone), Held)


def test_a_stone_that_somebody_holds_is_declined(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    trading.hold(stone)

    assert trading.hold(stone) == Declined("Diamond is on hold")


def test_releasing_what_is_over_is_no_failure(trading: Trading) -> None:
    trading.release("no-such-hold")


def test_an_order_takes_the_offer_and_says_whose_it_is(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    ordered = trading.order(purchase(stone))

    (order,) = partner.supplier.orders
    assert ordered == Ordered(order["id"])
    assert order["items"] == [
        {
            "offerId": f"DIAMOND/{stone}",
            "customer_order_number": "ORD-1",
            "customer_comment": "Handle with care",
            "return_option": False,
        }
    ]


def test_a_stone_is_ordered_once(trading: Trading, partner: nivoda.Running, stone: str) -> None:
    trading.order(purchase(stone))

    assert isinstance(trading.order(purchase(stone)), Declined)
    assert len(partner.supplier.orders) == 1


def test_a_lost_reply_to_an_order_is_an_unknown_outcome_and_never_sent_again(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    partner.supplier.knobs = Knobs(lost_replies=1)

    with pytest.raises(OutcomeUnknown):
        trading.order(purchase(stone))
    assert len(partner.supplier.orders) == 1
    assert partner.supplier.counters.report()["operations"]["Order"] == 1


def test_a_lost_reply_to_a_hold_is_cleared_up_by_a_check(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    partner.supplier.knobs = Knobs(lost_replies=1)

    with pytest.raises(OutcomeUnknown):
        trading.hold(stone)
    assert offer_of(trading, stone).hold_id is not None


def test_an_order_that_takes_too_long_is_an_unknown_outcome(
    partner: nivoda.Running, stone: str, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_TIMEOUT_SECONDS="0.3")
    with nivoda.hanging_up():
        trading = registry.trading("nivoda-natural")
        trading.check(stone)
        partner.supplier.knobs = Knobs(latency_ms=600)

        with pytest.raises(OutcomeUnknown):
            trading.order(purchase(stone))


@pytest.mark.parametrize("share", ["failed_share", "throttled_share"])
def test_only_a_request_turned_away_at_the_door_is_certainly_not_done(
    trading: Trading, partner: nivoda.Running, stone: str, share: str
) -> None:
    trading.check(stone)
    partner.supplier.knobs = Knobs(**{share: 1.0})

    expected = FeedUnreachable if share == "throttled_share" else OutcomeUnknown
    with pytest.raises(expected):
        trading.hold(stone)


def test_without_a_session_nothing_was_told(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    partner.supplier.knobs = Knobs(failed_share=1)

    with pytest.raises(FeedUnreachable, match="no login"):
        trading.order(purchase(stone))


def test_an_order_goes_through_although_the_token_had_expired(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    trading.check(stone)
    partner.supplier.sessions.expire_all()

    assert isinstance(trading.order(purchase(stone)), Ordered)
    assert len(partner.supplier.orders) == 1


def test_a_supplier_that_does_not_trade_says_so() -> None:
    with registry.registered(ShelfFeed()), pytest.raises(FeedDoesNotTrade):
        registry.trading("shelf")
    with pytest.raises(FeedUnknown):
        registry.trading("atlantis")


def test_an_order_may_be_refused_and_the_stone_gone(
    trading: Trading, partner: nivoda.Running, stone: str
) -> None:
    held = trading.hold(stone)
    assert isinstance(held, Held)
    partner.supplier.knobs = Knobs(refused_orders=1)

    assert isinstance(trading.order(purchase(stone)), Declined)
    trading.release(held.hold_id)

    assert partner.supplier.orders == []
    assert trading.check(stone) is None
