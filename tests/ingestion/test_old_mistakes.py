"""What went wrong in systems like this one and must not here; docs/regressions.md has the list."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from shared.feeds import registry
from shared.feeds.model import FeedQuery, Item, PriceRange
from shared.ingestion import (
    closing,
    consolidation,
    density,
    planning,
    queries,
    runs,
    watermark,
    writing,
)
from shared.notifications.queries import list_messages
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.ingestion.test_restaging import reconsolidate
from tests.ingestion.test_runs import end_short
from tests.support.feeds import LONG_AGO, ShelfFeed, listing


class SecondShelf(ShelfFeed):
    """The same supplier's other inventory; its stones may have the same ids."""

    name = "second-shelf"


@pytest.fixture
def second(shop: Shop) -> Iterator[Shop]:
    feed = SecondShelf(stones=100)
    with registry.registered(feed):
        yield Shop(feed)


def one(shop: Shop, statement: str) -> Any:
    (row,) = shop.rows(statement)
    return row[0]


@pytest.mark.parametrize(
    ("field", "column", "value"),
    [
        ("offer", "offer_id", "O-NEW"),
        ("shape", "shape", "OVAL"),
        ("carats", "carats", Decimal("3.21")),
        ("lab", "lab_grown", True),
        ("price", "feed_price", Decimal("4321.99")),
    ],
)
def test_a_change_of_any_field_reaches_the_catalogue(
    shop: Shop, field: str, column: str, value: object
) -> None:
    shop.run()
    shop.feed.change(7, **{field: value})

    summary = shop.run()

    assert (summary.changed, summary.updated, summary.inserted) == (1, 1, 0)
    stone = "supplier_stone_id = 'S-000007'"
    assert one(shop, f"SELECT {column} FROM diamonds WHERE {stone}") == value


def test_two_feeds_of_one_supplier_may_have_stones_of_the_same_id(shop: Shop, second: Shop) -> None:
    shop.run()
    second.run()

    assert one(shop, "SELECT count(*) FROM raw_diamonds") == 400
    assert one(shop, "SELECT count(DISTINCT id) FROM diamonds") == 400
    second.feed.shelf.pop("S-000003")
    assert second.run().removed == 1
    sold = "SELECT feed FROM diamonds WHERE status = 'deleted'"
    assert one(shop, sold) == "second-shelf"


def test_mapping_one_feed_again_leaves_the_others_alone(shop: Shop, second: Shop) -> None:
    shop.run()
    second.run()
    before = shop.rows("SELECT xmin::text, * FROM staged_diamonds WHERE feed = 'shelf' ORDER BY 2")
    second.feed.mapper_version = 2

    summary = reconsolidate(second)

    assert (summary.status, summary.feed) == ("completed", "second-shelf")
    assert (
        shop.rows("SELECT xmin::text, * FROM staged_diamonds WHERE feed = 'shelf' ORDER BY 2")
        == before
    )


def test_a_page_that_lists_a_stone_twice_is_written(shop: Shop) -> None:
    within = shop.feed._within

    def stuttering(query: FeedQuery, part: PriceRange) -> list[Item]:
        found = within(query, part)
        return [item for item in found for _ in range(1 + (item["id"][-1] == "3"))]

    shop.feed._within = stuttering  # type: ignore[method-assign]

    summary = shop.run()

    assert (summary.status, summary.new, summary.active) == ("completed", 300, 300)
    assert summary.balanced
    assert (summary.fetched, summary.duplicate) == (330, 30)


def test_several_consolidators_take_every_stone_once(shop: Shop) -> None:
    run = shop.open()
    shop.fetch(run.run_id)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(consolidation.consolidate, [run.run_id] * 4))

    summary = shop.summary(run.run_id)
    assert (summary.inserted, summary.updated, summary.waiting) == (300, 0, 0)


def test_a_stone_that_changes_while_it_is_consolidated_is_consolidated_again(shop: Shop) -> None:
    run = shop.open()
    shop.fetch(run.run_id)
    newer = shop.feed.stone(listing(5, price=Decimal("9876.54")))

    def write() -> None:
        with db.transaction() as conn:
            writing.restage(conn, shop.feed, [newer])

    with ThreadPoolExecutor(1) as meanwhile:
        with db.transaction() as conn:
            queries.consolidate_batch(conn, feed="shelf", limit=1_000, run_id=run.run_id)
            written = meanwhile.submit(write)
        written.result(timeout=30)
    assert shop.summary(run.run_id).waiting == 1
    while consolidation.consolidate(run.run_id):
        """Until nothing waits."""

    cost = "SELECT feed_price FROM diamonds WHERE supplier_stone_id = 'S-000005'"
    assert one(shop, cost) == Decimal("9876.54")


def test_a_run_closed_by_two_at_once_is_closed_once(shop: Shop) -> None:
    shop.run()
    for number in range(30):
        shop.feed.sell(number)
    run = shop.open()
    shop.fetch(run.run_id)
    shop.settle_up_to_closing(run.run_id)

    with ThreadPoolExecutor(4) as closers:
        closed = list(
            closers.map(lambda _: closing.close_run(run.run_id, "completed", None), range(4))
        )

    assert {(after.status, after.removed) for after in closed} == {("completed", 30)}
    assert shop.summary(run.run_id).balanced


def test_the_watermark_is_the_instant_before_the_first_count(shop: Shop) -> None:
    before = datetime.now(UTC)
    run = runs.open_run("shelf", "full", requested_by="a test")
    opened = datetime.now(UTC)
    shop.fetch(run.run_id)
    shop.settle(run.run_id)
    closing.publish_watermark(run.run_id)

    mark = watermark.read("shelf")

    assert mark is not None
    assert before <= mark <= opened


def test_stones_stamped_exactly_at_the_watermark_come_with_the_next_run(shop: Shop) -> None:
    shop.run()
    mark = LONG_AGO + timedelta(days=40)
    for number in range(6):
        shop.feed.put(listing(number, price=Decimal("777.77"), updated=mark.isoformat()))

    assert shop.run("incremental", since=mark).changed == 6


def test_a_night_without_changes_is_a_run_and_moves_the_watermark(shop: Shop) -> None:
    shop.run()

    run = shop.open("incremental", since=LONG_AGO + timedelta(days=1))
    shop.fetch(run.run_id)
    summary = shop.settle(run.run_id)
    closing.publish_watermark(run.run_id)

    assert (summary.status, summary.fetched, summary.balanced) == ("completed", 0, True)
    moved = "SELECT watermark_after = captured_at FROM run_metadata WHERE run_type = 'incremental'"
    assert one(shop, moved) is True


def test_a_thousand_broken_listings_are_one_piece_of_news(shop: Shop) -> None:
    for number in range(300):
        shop.feed.change(number, carats="n/a")

    assert shop.run().quarantined == 300

    with db.transaction() as conn:
        told = list_messages(conn, destination=None, status=None, before=None, limit=100)
    assert [message.category for message in told] == ["run_completed"]


def test_an_inventory_of_any_size_is_cut_into_a_bounded_number_of_partitions(shop: Shop) -> None:
    assert planning.wanted(10_000_000) == 30


def test_how_long_a_run_will_take_is_known_from_the_last_one(shop: Shop) -> None:
    def seconds_a_page() -> float | None:
        with db.transaction() as conn:
            return density.seconds_a_page(conn, feed="shelf")

    assert seconds_a_page() is None
    shop.run()

    known = seconds_a_page()
    (took,) = shop.rows(
        "SELECT extract(epoch FROM completed_at - started_at)::float8 FROM run_metadata"
    )
    assert known is not None
    assert isinstance(took[0], float)
    assert 0 < known * 30 <= took[0] * 1.5


def test_runs_are_found_by_the_status_they_show(shop: Shop) -> None:
    short = end_short(shop, 0.9)
    shop.feed.before_page = lambda *_: None
    shop.run()

    for status in ("partial", "completed"):
        with db.transaction() as conn:
            found = queries.list_runs(conn, feed=None, status=status, before=None, limit=10)
        assert {run.status for run in found} == {status}
        assert (short in {run.run_id for run in found}) == (status == "partial")


def test_order_numbers_go_on_beyond_four_digits(conn: Connection) -> None:
    expression = """
        SELECT generation_expression FROM information_schema.columns
         WHERE table_name = 'purchases' AND column_name = 'order_number'"""
    (made,) = conn.execute(expression).fetchone() or ("",)
    numbers = "(VALUES (9999::bigint), (10000), (12345678)) AS purchases(number)"

    assert conn.execute(f"SELECT {made} FROM {numbers}".encode()).fetchall() == [
        ("DO-9999",),
        ("DO-10000",),
        ("DO-12345678",),
    ]
