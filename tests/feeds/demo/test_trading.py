"""The demo supplier's counter over HTTP: held, given back, sold once, and only to its customer."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

import azure.functions as func
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from http_api import demo_feed
from shared.demo_supplier import dataset, queries
from shared.feeds import registry
from shared.feeds.demo import client
from shared.feeds.model import (
    Declined,
    FeedRejected,
    FeedUnreachable,
    Held,
    Offer,
    Ordered,
    Purchase,
    Trading,
)
from shared.platform import db
from tests.conftest import AppSettings
from tests.feeds.demo.supplier import PREFIX, hanging_up
from tests.support.partners import serving

COUNTER = {
    ("GET", "/offers/{stone_id}"): demo_feed.demo_feed_offer,
    ("POST", "/holds"): demo_feed.demo_feed_hold,
    ("DELETE", "/holds/{hold_id}"): demo_feed.demo_feed_release,
    ("POST", "/orders"): demo_feed.demo_feed_order,
}
STONE = "DEMO-0000003"


def counter() -> Starlette:
    return Starlette(routes=[_route(*where, function) for where, function in COUNTER.items()])


def _route(method: str, path: str, function: object) -> Route:
    async def answer(request: Request) -> Response:
        asked = func.HttpRequest(
            method,
            str(request.url),
            headers=dict(request.headers),
            route_params=dict(request.path_params),
            body=await request.body(),
        )
        said = function._function.get_user_function()(asked)  # type: ignore[attr-defined]
        return Response(said.get_body(), said.status_code, media_type=said.mimetype)

    return Route(f"{PREFIX}{path}", answer, methods=[method])


@pytest.fixture
def trading(app_database: str, app_settings: AppSettings) -> Iterator[Trading]:
    assert app_database
    with db.transaction() as conn:
        lines = islice(enumerate(dataset.lines(), start=1), 5)
        queries.copy_listings(
            conn,
            [dataset.listing(number, line, listed_at=dataset.LISTED_AT) for number, line in lines],
        )
    with serving(counter()) as url:
        app_settings(DEMO_FEED_URL=f"{url}{PREFIX}", DEMO_FEED_TRADING_KEY="our own key")
        with hanging_up():
            yield registry.trading("demo")


def hang_up(trading: Trading) -> None:
    client._connection(trading._config).close()  # type: ignore[attr-defined]


def offer(trading: Trading) -> Offer:
    found = trading.check(STONE)
    assert found is not None
    return found


def purchase(trading: Trading) -> Purchase:
    return Purchase(offer_id=offer(trading).offer_id, reference="ORD-1", comment="Mind the box")


def test_a_stone_is_checked_held_and_given_back(trading: Trading) -> None:
    before = offer(trading)
    held = trading.hold(STONE)
    during = offer(trading)

    assert (before.availability, before.hold_id) == ("available", None)
    assert before.price > Decimal(0)
    assert isinstance(held, Held)
    assert (during.availability, during.hold_id) == ("on_hold", held.hold_id)
    assert isinstance(trading.hold(STONE), Declined)
    trading.release(held.hold_id)
    trading.release(held.hold_id)
    assert offer(trading) == before


def test_a_stone_is_sold_once_held_or_not(trading: Trading) -> None:
    trading.hold(STONE)

    sold = trading.order(purchase(trading))
    again = trading.order(purchase(trading))

    assert isinstance(sold, Ordered)
    assert isinstance(again, Declined)
    assert (offer(trading).availability, offer(trading).hold_id) == ("sold", None)
    assert isinstance(trading.hold(STONE), Declined)


def test_an_unknown_stone_has_no_offer(trading: Trading) -> None:
    assert trading.check("DEMO-9999999") is None


def test_it_trades_with_its_customer_only(trading: Trading, app_settings: AppSettings) -> None:
    stone = purchase(trading)
    app_settings(DEMO_FEED_TRADING_KEY="somebody else's")
    stranger = registry.trading("demo")
    app_settings(DEMO_FEED_TRADING_KEY="our own key")

    with pytest.raises(FeedRejected):
        stranger.order(stone)
    hang_up(stranger)


def test_what_could_not_be_sent_was_not_done(trading: Trading, app_settings: AppSettings) -> None:
    stone = purchase(trading)
    hang_up(trading)
    app_settings(DEMO_FEED_URL="http://127.0.0.1:9/api/demo-feed")

    with pytest.raises(FeedUnreachable):
        registry.trading("demo").order(stone)
