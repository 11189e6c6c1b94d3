"""A full run that did not see everything takes nothing off sale, and says why."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shared.feeds.model import FeedQuery, Item, PriceRange
from shared.ingestion import pages, planning, queries
from shared.ingestion.closing import tiles
from shared.ingestion.model import Run
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.support.feeds import listing

STONES = 300


def without(shop: Shop, is_lost: Callable[[PriceRange, int], bool]) -> None:
    """The supplier counts these pages and never shows them."""
    page = shop.feed.page

    def losing(query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        return [] if is_lost(within, offset) else page(query, within, offset)

    shop.feed.page = losing  # type: ignore[method-assign]


def fetched_as_far_as_possible(shop: Shop) -> Run:
    """As the orchestrator does it: a partition that does not come through fails."""
    run = shop.open()
    for number in planning.plan_run(run.run_id):
        partition = f"partition-{number}"
        try:
            shop.fetch_partition(run.run_id, partition)
        except pages.EndedEarly as early:
            pages.fail_partition(run.run_id, partition, str(early))
    return run


def reasons(shop: Shop) -> list[Any]:
    return [row[0] for row in shop.rows("SELECT error FROM partition_progress WHERE failed")]


def the_sweep(shop: Shop) -> tuple[Any, ...]:
    """Of the latest run: its state and reason."""
    (row,) = shop.rows(
        "SELECT sweep, sweep_reason FROM run_metadata ORDER BY started_at DESC LIMIT 1"
    )
    return row


@pytest.mark.parametrize("lost_from", [0, 28, 46])
def test_a_page_that_is_counted_and_never_shown_is_no_end(shop: Shop, lost_from: int) -> None:
    shop.run()
    without(shop, lambda within, offset: within.low == 0 and offset >= lost_from - 1)

    run = fetched_as_far_as_possible(shop)
    summary = shop.settle(run.run_id)

    assert (summary.status, summary.removed, summary.active) == ("partial", 0, STONES)
    (reason,) = reasons(shop)
    assert f"no more stones at {lost_from}, though 50 are counted" in reason
    assert the_sweep(shop)[0] == "not_due"


def test_a_page_that_is_empty_once_costs_nothing(shop: Shop) -> None:
    empty = iter([True])
    without(shop, lambda _, offset: offset == 19 and next(empty, False))

    summary = shop.run()

    assert (summary.status, summary.fetched, summary.active) == ("completed", STONES, STONES)


@pytest.mark.parametrize("every", [5, 12])
def test_stones_that_are_counted_and_never_listed_keep_no_partition_from_its_end(
    shop: Shop, every: int
) -> None:
    """The supplier cuts a page first and leaves stones out of it afterwards, the last ones too."""
    cut = shop.feed.page

    def leaving_out(query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        everything = shop.feed._within(query, within)
        left_out = {item["id"] for item in (*everything[3::every], *everything[-1:])}
        return [item for item in cut(query, within, offset) if item["id"] not in left_out]

    shop.feed.page = leaving_out  # type: ignore[method-assign]

    summary = shop.run()

    assert (summary.status, summary.removed) == ("completed", 0)
    assert summary.new == STONES - len(range(3, 50, every)) * 6 - (6 if 49 % every != 3 else 0)
    assert summary.balanced
    assert the_sweep(shop)[0] == "refused"


def test_a_partition_shown_empty_takes_nothing_off_sale(shop: Shop) -> None:
    shop.run()
    without(shop, lambda within, _: within.high is None)

    run = fetched_as_far_as_possible(shop)
    summary = shop.settle(run.run_id)

    assert (summary.status, summary.removed, summary.active) == ("partial", 0, STONES)
    assert "no more stones at 0" in reasons(shop)[0]


def test_partitions_that_leave_a_gap_refuse_the_sweep(shop: Shop) -> None:
    shop.run()
    run = shop.open()
    planning.plan_run(run.run_id)
    shop.rows(
        "DELETE FROM partition_progress"
        f" WHERE run_id = '{run.run_id}' AND partition_id = 'partition-2' RETURNING 1"
    )

    shop.fetch(run.run_id)
    summary = shop.settle(run.run_id)

    assert (summary.removed, summary.active) == (0, STONES)
    assert the_sweep(shop) == ("refused", "the partitions do not cover the whole price axis")


def test_fewer_seen_than_recounted_refuses_the_sweep(shop: Shop) -> None:
    shop.run()
    run = shop.open()
    shop.fetch(run.run_id)
    shop.rows(
        "DELETE FROM run_sightings WHERE diamond_id IN"
        " (SELECT diamond_id FROM run_sightings LIMIT 10) RETURNING 1"
    )

    summary = shop.settle(run.run_id)

    assert (summary.removed, summary.active) == (0, STONES)
    assert the_sweep(shop) == ("refused", "290 seen, 300 recounted: more than 2% apart")


def test_a_price_band_the_supplier_lost_altogether_waits_for_a_person(shop: Shop) -> None:
    """It neither counts nor shows them: an index of theirs is broken, or somebody bought them."""
    for number in range(STONES, 4_000):
        shop.feed.put(listing(number))
    shop.run()
    band = (Decimal(2_000), Decimal(2_450))
    lost = {
        stone: item for stone, item in shop.feed.shelf.items() if band[0] <= item["price"] < band[1]
    }
    for stone in lost:
        del shop.feed.shelf[stone]
    assert 0.04 < len(lost) / 4_000 < 0.06

    summary = shop.run()

    assert (summary.status, summary.removed, summary.active) == ("completed", 0, 4_000)
    state, reason = the_sweep(shop)
    assert state == "waiting"
    assert "would go, 50% or more: approval needed" in reason
    assert "USD" in reason


def test_as_many_sold_all_over_the_axis_are_taken_off_sale(shop: Shop) -> None:
    for number in range(STONES, 4_000):
        shop.feed.put(listing(number))
    shop.run()
    for number in range(0, 4_000, 20):
        shop.feed.sell(number)

    assert shop.run().removed == 200


def test_a_supplier_that_shows_seventy_of_a_hundred_deletes_nothing(shop: Shop) -> None:
    shop.run()
    for number in range(0, STONES, 10):
        for sold in range(3):
            shop.feed.sell(number + sold)

    summary = shop.run()

    assert (summary.status, summary.fetched) == ("completed", 210)
    assert (summary.removed, summary.active) == (0, STONES)
    assert the_sweep(shop) == (
        "waiting",
        "90 of 300 active stones would go, 20% or more: approval needed",
    )


def test_a_partition_that_fails_for_good_takes_nothing_off_sale(shop: Shop) -> None:
    shop.run()
    run = shop.open()
    planned = planning.plan_run(run.run_id)
    with db.transaction() as conn:
        queries.begin_partition(conn, run_id=run.run_id, partition_id="partition-1")
    pages.fail_partition(run.run_id, "partition-1", "lost")
    for number in planned:
        if number != 1:
            shop.fetch_partition(run.run_id, f"partition-{number}")

    summary = shop.settle(run.run_id)

    assert (summary.status, summary.removed, summary.active) == ("partial", 0, STONES)
    assert the_sweep(shop) == ("not_due", "a partial run never sweeps")


def test_the_ranges_of_a_run_tile_the_axis(shop: Shop) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)
    with db.transaction() as conn:
        partitions = queries.list_partitions(conn, run_id=run.run_id)

    assert tiles(partitions)
    for lost in range(len(partitions)):
        assert not tiles([*partitions[:lost], *partitions[lost + 1 :]])
