"""What the adapter makes of a supplier that is down, slow, strict or confused."""

from collections.abc import Iterator
from decimal import Decimal
from time import monotonic

import pytest

from shared.feeds.demo import client
from shared.feeds.demo.feed import DemoFeed
from shared.feeds.model import (
    FeedQuery,
    FeedRejected,
    FeedShapeChanged,
    FeedUnreachable,
    PriceRange,
)
from shared.platform.setting_groups import DemoFeed as Config
from tests.feeds.serving import Reply, served

WHOLE = PriceRange(Decimal(0), None)
GOOD = Reply(body=b'{"total_count": 7, "items": [{"asking_price_usd": 1234.10}]}')
DOWN = Reply(503, b"out of order")


class Script:
    """A supplier that gives these answers one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [GOOD]
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, path: str, params: dict[str, str]) -> Reply:
        self.asked.append((path, params))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def feed(script: Script) -> Iterator[DemoFeed]:
    with served(script) as url:
        config = Config(url=url, page_size=25, timeout_seconds=5)
        yield DemoFeed(config)
        client._connection(config).close()
        client._connection.cache_clear()


def count(feed: DemoFeed) -> int:
    return feed.count(FeedQuery(), [WHOLE])[0]


def test_a_range_is_asked_for_with_its_half_open_bounds(feed: DemoFeed, script: Script) -> None:
    feed.page(FeedQuery(), PriceRange(Decimal("100.00"), Decimal(250)), 50)

    asked = {"price_min": "100.00", "price_below": "250", "offset": "50", "limit": "25"}
    assert script.asked == [("/diamonds", asked)]


def test_an_open_range_has_no_upper_bound(feed: DemoFeed, script: Script) -> None:
    assert count(feed) == 7
    assert script.asked == [("/diamonds/count", {"price_min": "0"})]


def test_prices_arrive_digit_by_digit(feed: DemoFeed) -> None:
    (item,) = feed.page(FeedQuery(), WHOLE, 0)

    assert str(item["asking_price_usd"]) == "1234.10"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429])
def test_a_passing_failure_is_cured_by_asking_again(
    feed: DemoFeed, script: Script, status: int
) -> None:
    script.replies = [Reply(status), GOOD]

    assert count(feed) == 7
    assert len(script.asked) == 2


def test_a_lasting_failure_is_given_up_after_three_tries(feed: DemoFeed, script: Script) -> None:
    script.replies = [DOWN]

    with pytest.raises(FeedUnreachable, match="503: out of order"):
        count(feed)
    assert len(script.asked) == 3


def test_a_supplier_that_names_a_pause_is_given_it(feed: DemoFeed, script: Script) -> None:
    script.replies = [Reply(429, headers={"Retry-After": "1"}), GOOD]
    began = monotonic()

    assert count(feed) == 7
    assert monotonic() - began >= 1


def test_a_pause_too_long_to_wait_for_is_left_to_the_caller(feed: DemoFeed, script: Script) -> None:
    script.replies = [Reply(503, headers={"Retry-After": "3600"})]

    with pytest.raises(FeedUnreachable) as failure:
        count(feed)
    assert failure.value.retry_after == 3600
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_a_refusal_is_not_argued_with(feed: DemoFeed, script: Script, status: int) -> None:
    script.replies = [Reply(status)]

    with pytest.raises(FeedRejected):
        count(feed)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>welcome</html>",
        b"[]",
        b"{}",
        b'{"total_count": "7"}',
        b'{"total_count": -1}',
        b'{"total_count": true}',
        b'{"total_count": 1e99999999999999999999}',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_count_of_another_shape_is_said_to_be_one(
    feed: DemoFeed, script: Script, body: bytes
) -> None:
    script.replies = [Reply(body=body)]

    with pytest.raises(FeedShapeChanged):
        count(feed)


@pytest.mark.parametrize("body", [b"{}", b'{"items": {}}', b'{"items": null}'])
def test_a_page_without_a_list_of_items_is_no_empty_page(
    feed: DemoFeed, script: Script, body: bytes
) -> None:
    script.replies = [Reply(body=body)]

    with pytest.raises(FeedShapeChanged):
        feed.page(FeedQuery(), WHOLE, 0)


def test_a_supplier_that_is_not_there_is_unreachable(feed: DemoFeed) -> None:
    with served(Script()) as url:
        gone = Config(url=url)

    with pytest.raises(FeedUnreachable, match="not reachable"):
        count(DemoFeed(gone))


def test_a_supplier_that_does_not_answer_in_time_is_unreachable() -> None:
    def silent(path: str, params: dict[str, str]) -> Reply:
        return Reply(headers={"Content-Length": "100"})

    with served(silent) as url, pytest.raises(FeedUnreachable, match="not reachable"):
        count(DemoFeed(Config(url=url, timeout_seconds=0.05)))
