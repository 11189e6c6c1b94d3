"""From the supplier's shelf to the catalogue: nothing lost, nothing twice, the books balance."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from shared.feeds.model import FeedQuery, FeedRejected, FeedUnreachable, PriceRange
from shared.ingestion import planning, queries, writing
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.support.feeds import LONG_AGO, listing

CATALOGUE = """
    SELECT supplier_stone_id, offer_id, carats, feed_price, status,
           price_model_price, rating, markup_ratio
      FROM diamonds JOIN diamond_prices ON diamond_id = id ORDER BY supplier_stone_id"""


def test_a_first_run_brings_every_stone_into_the_catalogue_once(shop: Shop) -> None:
    summary = shop.run()

    assert summary.status == "completed"
    assert (summary.fetched, summary.new, summary.inserted, summary.active) == (300,) * 4
    assert (summary.changed, summary.unchanged, summary.duplicate, summary.quarantined) == (0,) * 4
    assert summary.balanced
    assert summary.partitions == 6
    assert len(shop.rows(CATALOGUE)) == 300


def test_stones_are_priced_by_the_base_margin_and_rated_by_the_default_rule(shop: Shop) -> None:
    shop.run()

    for _, _, _, cost, _, price, rating, ratio in shop.rows(CATALOGUE):
        assert isinstance(cost, Decimal)
        assert price == (cost * Decimal("1.15")).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        assert (rating, ratio) == (5, Decimal("1.1500"))


def test_a_second_run_over_the_same_shelf_writes_no_diamond(shop: Shop) -> None:
    shop.run()
    before = shop.rows("SELECT xmin::text, * FROM diamonds ORDER BY id")
    versions = shop.rows("SELECT * FROM dataset_versions")

    summary = shop.run()

    assert (summary.unchanged, summary.new, summary.changed) == (300, 0, 0)
    assert summary.balanced
    assert shop.rows("SELECT xmin::text, * FROM diamonds ORDER BY id") == before
    assert shop.rows("SELECT * FROM dataset_versions") == versions


def test_changes_additions_and_sales_arrive_exactly(shop: Shop) -> None:
    shop.run()
    for number in range(20):
        shop.feed.change(number, price=Decimal("5000.55"))
    for number in range(100, 110):
        shop.feed.sell(number)
    for number in range(300, 305):
        shop.feed.put(listing(number, updated=(LONG_AGO + timedelta(days=1)).isoformat()))

    incremental = shop.run("incremental", since=LONG_AGO + timedelta(hours=1))
    full = shop.run()

    assert (incremental.changed, incremental.new, incremental.updated) == (20, 5, 20)
    assert (incremental.removed, incremental.active, incremental.fetched) == (0, 305, 25)
    assert (full.unchanged, full.removed, full.active) == (295, 10, 295)
    assert incremental.balanced
    assert full.balanced


def test_a_stone_that_comes_back_keeps_its_id_and_is_on_sale_again(shop: Shop) -> None:
    shop.run()
    (before,) = shop.rows("SELECT id FROM diamonds WHERE supplier_stone_id = 'S-000007'")
    item = shop.feed.shelf["S-000007"]
    shop.feed.sell(7)
    assert shop.run().removed == 1

    shop.feed.put(item)
    back = shop.run()

    assert (back.changed, back.resurrected, back.active) == (1, 1, 300)
    assert shop.rows(
        "SELECT id FROM diamonds WHERE supplier_stone_id = 'S-000007' AND status = 'active'"
    ) == [before]


def test_stones_on_a_shared_boundary_count_once(shop: Shop) -> None:
    shop.feed.includes_upper_bound = True
    for number in range(300):
        shop.feed.change(number, price=Decimal(100 + number % 60))

    summary = shop.run()

    assert summary.duplicate > 0
    assert (summary.new, summary.inserted, summary.active) == (300, 300, 300)
    assert summary.fetched == 300 + summary.duplicate
    assert summary.balanced


def test_a_listing_that_cannot_be_mapped_is_quarantined_alone(shop: Shop) -> None:
    shop.feed.change(3, carats="n/a")

    first, again = shop.run(), shop.run()

    assert (first.quarantined, first.new, first.active) == (1, 299, 299)
    assert (again.quarantined, again.unchanged) == (1, 299)
    assert shop.rows("SELECT supplier_stone_id, field, reason, seen FROM quarantine") == [
        ("S-000003", "carats", "'n/a' is not a number", 2)
    ]


@pytest.mark.parametrize("garbage", ["\ud800", "nul \x00 in it", 2**70, {"deep": [None]}, "plain"])
def test_a_listing_of_pure_garbage_never_takes_its_page_with_it(
    shop: Shop, garbage: object
) -> None:
    page = shop.feed.page

    def with_garbage(query: FeedQuery, within: PriceRange, offset: int) -> list[Any]:
        items: list[Any] = page(query, within, offset)
        broken = {"what": garbage, "where": str(within.low)}
        return [broken, *items[1:]] if items and offset == 0 else items

    shop.feed.page = with_garbage  # type: ignore[method-assign]

    summary = shop.run()

    assert summary.status == "completed"
    assert summary.quarantined == summary.partitions
    assert summary.active == 300 - summary.partitions


def test_a_broken_listing_read_twice_in_a_run_is_quarantined_once(shop: Shop) -> None:
    shop.feed.includes_upper_bound = True
    for number in range(300):
        shop.feed.change(number, price=Decimal(100 + number % 60))
    for number in range(0, 300, 3):
        shop.feed.change(number, carats="n/a")

    summary = shop.run()

    assert summary.duplicate > 0
    assert (summary.quarantined, summary.active) == (100, 200)
    assert summary.fetched == 300 + summary.duplicate
    assert shop.rows("SELECT count(*), min(seen), max(seen) FROM quarantine") == [(100, 1, 1)]


def test_a_page_delivered_twice_changes_nothing_the_second_time(shop: Shop) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)
    with db.transaction() as conn:
        queries.begin_partition(conn, run_id=run.run_id, partition_id="partition-0")
        part = queries.find_partition(conn, run_id=run.run_id, partition_id="partition-0")
    assert part is not None
    items = shop.feed.page(FeedQuery(), part.range, 0)

    with db.transaction() as conn:
        writing.write_pages(conn, shop.feed, part, items)
    with pytest.raises(writing.Overtaken), db.transaction() as conn:
        writing.write_pages(conn, shop.feed, part, items)

    assert shop.rows(
        "SELECT fetched, next_offset, pages FROM partition_progress"
        " WHERE partition_id = 'partition-0'"
    ) == [(10, 10, 1)]


def test_the_same_partition_fetched_by_two_workers_at_once_is_read_once(shop: Shop) -> None:
    run = shop.open()
    partitions = [f"partition-{number}" for number in planning.plan_run(run.run_id)]

    with ThreadPoolExecutor(8) as workers:
        states = list(
            workers.map(lambda part: shop.fetch_partition(run.run_id, part), partitions * 3)
        )
    summary = shop.settle(run.run_id)

    assert set(states) == {"completed"}
    assert (summary.fetched, summary.new, summary.active) == (300, 300, 300)


def test_a_short_page_is_not_the_end(shop: Shop) -> None:
    page = shop.feed.page
    shop.feed.page = lambda query, within, offset: page(query, within, offset)[:3]  # type: ignore[method-assign]

    assert shop.run().fetched == 300


def test_a_supplier_that_never_ends_is_stopped(shop: Shop) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)
    shop.feed.page = lambda query, within, offset: [listing(1)] * 1_000  # type: ignore[method-assign] # noqa: ARG005

    assert shop.fetch_partition(run.run_id, "partition-0") == "failed"
    assert "no empty page" in str(shop.rows("SELECT error FROM partition_progress WHERE failed"))


def test_a_refusal_of_the_supplier_fails_its_partition_only(shop: Shop) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)

    def refuse(part: PriceRange, offset: int) -> None:
        if part.low == 0 and offset == 18:
            raise FeedRejected("the supplier says no")

    shop.feed.before_page = refuse
    shop.fetch(run.run_id)

    assert shop.rows(
        "SELECT partition_id, next_offset, error FROM partition_progress WHERE failed"
    ) == [("partition-0", 19, "the supplier says no")]


def test_an_unreachable_supplier_leaves_the_partition_where_it_stands(shop: Shop) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)
    failing = iter([True, False])

    def fall_over(_: PriceRange, offset: int) -> None:
        if offset == 18 and next(failing, False):
            raise FeedUnreachable("no answer")

    shop.feed.before_page = fall_over
    with pytest.raises(FeedUnreachable):
        shop.fetch_partition(run.run_id, "partition-0")
    assert shop.fetch_partition(run.run_id, "partition-0") == "completed"

    shop.fetch(run.run_id)
    assert shop.settle(run.run_id).new == 300


def test_planning_twice_keeps_the_first_plan(shop: Shop) -> None:
    run = shop.open()

    first = planning.plan_run(run.run_id)
    shop.feed.put(listing(400))

    assert planning.plan_run(run.run_id) == first
    assert shop.summary(run.run_id).partitions == 6


def test_the_schema_refuses_a_completed_run_whose_books_do_not_balance(shop: Shop) -> None:
    run = shop.open()

    with pytest.raises(psycopg.errors.CheckViolation, match="completed_runs_balance"):  # noqa: SIM117
        with db.transaction() as conn:
            queries.close_run(
                conn,
                run_id=run.run_id,
                status="completed",
                removed=0,
                sweep="not_due",
                sweep_reason=None,
                proof={},
                doubts=[],
                active_after=17,
                error=None,
            )
