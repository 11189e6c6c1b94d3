"""The two feeds against the stand-in: ranges, changes, short pages, what sells in between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import Wanted
from local.partners.nivoda.supplier import Changes
from shared.feeds import registry
from shared.feeds.model import Feed, FeedQuery, FeedUnreachable, Item, PriceRange, Unmappable
from shared.feeds.nivoda.query import diamond_query
from tests.conftest import AppSettings
from tests.support import nivoda

EVERYTHING = FeedQuery()
WHOLE = PriceRange(Decimal(0), None)


def walk(feed: Feed, query: FeedQuery = EVERYTHING, within: PriceRange = WHOLE) -> Iterator[Item]:
    offset = 0
    while page := feed.page(query, within, offset):
        yield from page
        offset += len(page)


def whose(feed: Feed, query: FeedQuery = EVERYTHING) -> list[str]:
    return [feed.identify(item).supplier_stone_id for item in walk(feed, query)]


def test_the_axis_is_whole_dollars_per_carat_with_both_bounds_included() -> None:
    asked = diamond_query(
        EVERYTHING, PriceRange(Decimal("999.5"), Decimal("1000.5")), lab_grown=True
    )

    assert asked["dollar_per_carat"] == {"from": 999, "to": 1001}
    assert asked["labgrown"] is True
    assert "updated" not in asked


def test_the_open_end_reaches_as_far_as_the_supplier_s_numbers() -> None:
    asked = diamond_query(EVERYTHING, PriceRange(Decimal(0), None), lab_grown=False)

    assert asked["dollar_per_carat"] == {"from": 0, "to": 2_147_483_647}


def test_a_stone_between_two_whole_dollars_is_in_one_of_their_ranges(
    natural: Feed, partner: nivoda.Running
) -> None:
    shelf = partner.supplier.natural
    shelf.add(cents=100_070, hundredths=100, at=0)
    below, above = PriceRange(Decimal(0), Decimal(1000)), PriceRange(Decimal(1000), None)

    assert sum(natural.count(EVERYTHING, [below, above])) >= natural.count(EVERYTHING, [WHOLE])[0]
    prices = [item["price"] for item in walk(natural, EVERYTHING, above)]
    assert 100_070 in prices


def test_a_stone_on_a_shared_boundary_is_on_both_sides(
    natural: Feed, partner: nivoda.Running
) -> None:
    partner.supplier.natural.add(cents=123_400, hundredths=100, at=0)
    edge = Decimal(1234)

    for part in (PriceRange(edge - 1, edge), PriceRange(edge, edge + 1)):
        assert 123_400 in [item["price"] for item in walk(natural, EVERYTHING, part)]


def test_natural_and_laboratory_grown_are_two_inventories(partner: nivoda.Running) -> None:
    partner.supplier.knobs = Knobs(one_kind_at_a_time=False)
    natural, grown = registry.feed("nivoda-natural"), registry.feed("nivoda-labgrown")

    assert set(whose(natural)) == set(partner.supplier.ids("natural"))
    assert set(whose(grown)) == set(partner.supplier.ids("labgrown"))
    assert {natural.stone(item).lab_grown for item in walk(natural)} == {False}
    assert {grown.stone(item).lab_grown for item in walk(grown)} == {True}


def test_both_at_once_are_turned_away_and_that_is_no_final_word(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_TIMEOUT_SECONDS="5")
    natural, grown = registry.feed("nivoda-natural"), registry.feed("nivoda-labgrown")
    natural.count(EVERYTHING, [WHOLE])

    assert grown.count(EVERYTHING, [WHOLE]) == [170]
    assert partner.supplier.counters.report()["statuses"]["403"] >= 1


def test_many_counts_go_into_few_requests(natural: Feed, partner: nivoda.Running) -> None:
    ranges = [PriceRange(Decimal(low), Decimal(low + 500)) for low in range(0, 12_500, 500)]

    natural.count(EVERYTHING, ranges)

    assert partner.supplier.counters.report()["operations"] == {"Login": 1, "Count": 3}


def test_one_count_per_request_if_so_configured(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_COUNTS_PER_REQUEST="1")
    with nivoda.hanging_up():
        registry.feed("nivoda-natural").count(EVERYTHING, [WHOLE] * 3)

    assert partner.supplier.counters.report()["operations"]["Count"] == 3


def test_what_changed_at_the_very_instant_asked_from_is_included(
    natural: Feed, partner: nivoda.Running
) -> None:
    at = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
    changed = partner.supplier.change(Changes(edited=5, sold=3, added=2, at=at))

    assert set(whose(natural, FeedQuery(at))) == {*changed.edited, *changed.added}
    assert natural.count(FeedQuery(at), [WHOLE]) == [7]
    assert natural.count(FeedQuery(at + timedelta(microseconds=1)), [WHOLE]) == [0]


def test_what_is_sold_is_gone_and_what_is_new_is_the_last(
    natural: Feed, partner: nivoda.Running
) -> None:
    changed = partner.supplier.change(Changes(sold=4, added=1))
    stones = whose(natural)

    assert not set(changed.sold) & set(stones)
    assert stones[-1] == changed.added[0]


def test_short_pages_are_not_the_end(natural: Feed, partner: nivoda.Running) -> None:
    partner.supplier.knobs = Knobs(short_page_share=1)

    assert sorted(whose(natural)) == sorted(partner.supplier.ids("natural"))


def test_pages_that_the_supplier_filtered_empty_are_not_the_end(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    """A window of three is wholly hidden now and then; behind it there are more stones."""
    app_settings(NIVODA_PAGE_SIZE="3")
    partner.supplier.knobs = Knobs(hidden_share=0.7, short_page_share=0)
    cheap, same = PriceRange(Decimal(0), Decimal(800)), Wanted(0, 800)
    pages = [list(partner.supplier.page("natural", same, at, 3)) for at in range(0, 170, 3)]
    visible = {item["diamond"]["id"] for page in pages for item in page}
    with nivoda.hanging_up():
        feed = registry.feed("nivoda-natural")
        seen = {feed.identify(item).supplier_stone_id for item in walk(feed, within=cheap)}

    assert seen == visible
    assert [] in pages[: len(partner.supplier.natural.find(same)) // 3]


def test_more_than_fifty_are_never_asked_for(
    natural: Feed, partner: nivoda.Running, app_settings: AppSettings
) -> None:
    partner.supplier.knobs = Knobs(limit_is_error=True, short_page_share=0)

    assert len(natural.page(EVERYTHING, WHOLE, 0)) == 50


def test_malformed_listings_go_astray_alone(natural: Feed, partner: nivoda.Running) -> None:
    partner.supplier.knobs = Knobs(malformed_share=0.1)
    broken: dict[str, str] = {}
    for item in walk(natural):
        try:
            natural.stone(item)
        except Unmappable as fault:
            broken[item["diamond"]["id"]] = fault.field

    assert broken == partner.supplier.malformed("natural")
    assert len(broken) > 5


def test_a_schema_that_drifts_loses_no_stone_and_is_noticed(
    natural: Feed, partner: nivoda.Running
) -> None:
    partner.supplier.knobs = Knobs(drift=True)
    stones = [natural.stone(item) for item in walk(natural)]

    assert len(stones) == 170
    assert all(stone.carats and stone.table_pct == Decimal("57.00") for stone in stones)
    noticed = {doubt.partition(":")[0] for stone in stones for doubt in stone.doubts or []}
    assert {"diamond.certificate.girdle", "diamond.certificate.polish"} <= noticed


def test_a_busy_supplier_is_asked_less_often_until_it_answers(
    natural: Feed, partner: nivoda.Running
) -> None:
    partner.supplier.knobs = Knobs(throttled_share=0.2, failed_share=0.1)

    assert sorted(whose(natural)) == sorted(partner.supplier.ids("natural"))


def test_a_supplier_that_only_says_slow_down_is_left_to_the_caller(
    natural: Feed, partner: nivoda.Running
) -> None:
    partner.supplier.knobs = Knobs(throttled_share=1, retry_after_seconds=60)

    with pytest.raises(FeedUnreachable) as failure:
        natural.count(EVERYTHING, [WHOLE])
    assert failure.value.retry_after == pytest.approx(60, abs=2)
