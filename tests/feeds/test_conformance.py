"""What the ingest relies on, asked of every feed against a running supplier, a new one included."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.diamonds.model import diamond_id
from shared.feeds import registry
from shared.feeds.model import Feed, FeedQuery, Item, PriceRange, Unmappable
from tests.feeds.conftest import suppliers

EVERYTHING = FeedQuery()
WHOLE = PriceRange(Decimal(0), None)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True, allow_infinity=True)
    | st.floats()
    | st.text()
    | st.sampled_from(["", " ", "n/a", "\x00", "\ud800", "1e999999", "9" * 400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(params=sorted({*registry.names(), *suppliers()}))
def feed(request: pytest.FixtureRequest, supplied: Callable[[str], Feed]) -> Feed:
    return supplied(request.param)


def walk(feed: Feed, within: PriceRange, query: FeedQuery = EVERYTHING) -> Iterator[Item]:
    """Every listing of a range, page after page, until the empty one."""
    offset = 0
    while page := feed.page(query, within, offset):
        yield from page
        offset += len(page)


def whose(feed: Feed, items: Iterator[Item]) -> list[str]:
    return [feed.identify(item).supplier_stone_id for item in items]


def tiles(feed: Feed) -> list[PriceRange]:
    """Ranges that share their boundaries, some of them right where stones are."""
    prices = sorted(feed.stone(item).feed_price for item in walk(feed, WHOLE))
    step = feed.axis.granularity
    cuts = {price // step * step for price in prices[:: len(prices) // 7]}
    edges = sorted({Decimal(0), *cuts, feed.axis.ceiling})
    return [*(PriceRange(*pair) for pair in pairwise(edges)), PriceRange(edges[-1], None)]


def test_every_registered_feed_has_a_supplier_to_be_tried_against() -> None:
    assert set(registry.names()) <= set(suppliers())


def test_a_feed_goes_by_the_name_it_is_registered_under(feed: Feed) -> None:
    assert feed.name in registry.names()
    assert registry.feed(feed.name).name == feed.name


def test_walking_all_pages_meets_every_counted_stone_once(feed: Feed) -> None:
    stones = whose(feed, walk(feed, WHOLE))

    assert feed.count(EVERYTHING, [WHOLE]) == [len(stones)]
    assert len(set(stones)) == len(stones) > 3 * feed.page_size


def test_counts_come_in_the_order_of_their_ranges(feed: Feed) -> None:
    ranges = tiles(feed)

    assert feed.count(EVERYTHING, ranges) == [len(list(walk(feed, part))) for part in ranges]
    assert feed.count(EVERYTHING, []) == []


def test_ranges_that_share_their_boundaries_lose_nothing(feed: Feed) -> None:
    parts = [whose(feed, walk(feed, part)) for part in tiles(feed)]
    whole = whose(feed, walk(feed, WHOLE))

    assert {stone for part in parts for stone in part} == set(whole)
    assert sum(map(len, parts)) >= len(whole)


def test_a_page_asked_for_again_is_the_same_page(feed: Feed) -> None:
    offset = feed.page_size

    assert feed.page(EVERYTHING, WHOLE, offset) == feed.page(EVERYTHING, WHOLE, offset)


def test_only_an_empty_page_is_the_end(feed: Feed) -> None:
    (total,) = feed.count(EVERYTHING, [WHOLE])

    assert feed.page(EVERYTHING, WHOLE, total) == []
    assert feed.page(EVERYTHING, WHOLE, total + 10 * feed.page_size) == []


def test_a_range_without_stones_counts_none_and_has_no_page(feed: Feed) -> None:
    beyond = PriceRange(feed.axis.ceiling, None)

    assert feed.count(EVERYTHING, [beyond]) == [0]
    assert feed.page(EVERYTHING, beyond, 0) == []


def test_stones_changed_at_the_very_instant_asked_from_are_included(feed: Feed) -> None:
    moments = {feed.identify(item).source_updated_at for item in walk(feed, WHOLE)}
    told = [moment for moment in moments if moment]
    if not told:
        pytest.skip("its listings do not say when they changed; its own tests know")
    newest = max(told)

    at_newest = whose(feed, walk(feed, WHOLE, FeedQuery(newest)))
    later = FeedQuery(newest + timedelta(microseconds=1))

    assert at_newest
    assert feed.count(FeedQuery(newest), [WHOLE]) == [len(at_newest)]
    assert feed.count(later, [WHOLE]) == [0]
    assert list(walk(feed, WHOLE, later)) == []


def test_identity_and_stone_agree(feed: Feed) -> None:
    for item in walk(feed, WHOLE):
        who, stone = feed.identify(item), feed.stone(item)

        assert who == (stone.supplier_stone_id, stone.offer_id, stone.source_updated_at)
        assert stone.feed == feed.name
        assert stone.diamond_id == diamond_id(feed.name, who.supplier_stone_id)


def test_every_listing_of_the_supplier_becomes_a_priced_stone(feed: Feed) -> None:
    stones = [feed.stone(item) for item in walk(feed, WHOLE)]

    assert all(stone.feed_price > 0 and stone.carats for stone in stones)


def test_a_listing_turned_to_garbage_is_unmappable_and_nothing_worse(feed: Feed) -> None:
    sound = feed.page(EVERYTHING, WHOLE, 0)[0]

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(garbage=JSON | st.dictionaries(st.sampled_from(sorted(sound)), JSON).map(sound.__or__))
    def try_with(garbage: Any) -> None:
        for asked in (feed.identify, feed.stone):
            with suppress(Unmappable):
                asked(garbage)

    try_with()


def test_a_listing_without_one_of_its_fields_is_a_stone_or_unmappable(feed: Feed) -> None:
    sound = feed.page(EVERYTHING, WHOLE, 0)[0]
    for missing in sound:
        lacking = {name: value for name, value in sound.items() if name != missing}
        with suppress(Unmappable):
            assert feed.stone(lacking).feed_price > 0
