"""A supplier's inventory moves while it is read: nothing that stays may be missed."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from shared.feeds.model import FeedUnreachable, PriceRange
from shared.ingestion import pages, planning
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support.feeds import listing


@pytest.fixture(params=["1", "35"], ids=["page by page", "pages together"], autouse=True)
def stones_per_write(shop: Shop, app_settings: AppSettings, request: pytest.FixtureRequest) -> int:
    app_settings(INGEST_STONES_PER_WRITE=request.param)
    return int(request.param)


def test_a_stone_sold_on_an_earlier_page_makes_nobody_slip_past(shop: Shop) -> None:
    sold = iter(list(shop.feed.shelf)[:40])

    def sell_one(_: PriceRange, offset: int) -> None:
        if offset and (gone := next(sold, None)):
            del shop.feed.shelf[gone]

    shop.feed.before_page = sell_one

    summary = shop.run()

    seen = {row[0] for row in shop.rows("SELECT supplier_stone_id FROM diamonds")}
    assert set(shop.feed.shelf) <= seen
    assert summary.status == "completed"
    assert summary.balanced
    assert shop.rows("SELECT sum(rewinds) > 0 FROM partition_progress") == [(True,)]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_moves_during_a_full_run_no_stone_on_the_shelf_is_missing_after_it(
    shop: Shop, seed: int
) -> None:
    shop.run()
    dice = random.Random(seed)
    fresh = iter(range(1_000, 2_000))

    def now() -> str:
        return (datetime.now(UTC) + timedelta(seconds=1)).isoformat()

    def stir(_: PriceRange, __: int) -> None:
        number = int(dice.choice(list(shop.feed.shelf))[2:])
        match dice.randrange(3):
            case 0:
                shop.feed.change(number, price=listing(dice.randrange(9_000))["price"])
                shop.feed.shelf[f"S-{number:06}"]["updated"] = now()
            case 1:
                shop.feed.sell(number)
            case 2:
                shop.feed.put(listing(next(fresh), updated=now()))

    shop.feed.before_page = stir
    run = shop.open()
    shop.fetch(run.run_id)
    shop.feed.before_page = lambda *_: None
    summary = shop.settle(run.run_id)

    active = {
        row[0]
        for row in shop.rows("SELECT supplier_stone_id FROM diamonds WHERE status = 'active'")
    }
    assert summary.status == "completed"
    assert set(shop.feed.shelf) <= active

    prices: dict[object, object] = {
        row[0]: row[1] for row in shop.rows("SELECT supplier_stone_id, feed_price FROM diamonds")
    }
    assert all(prices[stone] == item["price"] for stone, item in shop.feed.shelf.items())


def test_an_undisturbed_run_reads_no_stone_twice(shop: Shop) -> None:
    summary = shop.run()

    assert (summary.fetched, summary.duplicate) == (300, 0)
    assert shop.rows("SELECT sum(rewinds)::int FROM partition_progress") == [(0,)]


def test_what_was_read_before_the_supplier_failed_stays(shop: Shop, stones_per_write: int) -> None:
    run = shop.open()
    planning.plan_run(run.run_id)

    def fail(_: PriceRange, offset: int) -> None:
        if offset >= 19:
            raise FeedUnreachable("no answer")

    shop.feed.before_page = fail

    with pytest.raises(FeedUnreachable):
        pages.ingest_pages(run.run_id, "partition-0")

    assert shop.rows(
        "SELECT fetched, pages FROM partition_progress WHERE partition_id = 'partition-0'"
    ) == [(28, 3)]


def test_pages_written_together_are_each_asked_for_once(shop: Shop) -> None:
    asked: list[tuple[PriceRange, int]] = []
    shop.feed.before_page = lambda within, offset: asked.append((within, offset))

    summary = shop.run()

    ends = 3 * summary.partitions  # the last stone once more, alone; then nothing behind it
    assert len(asked) <= len(set(asked)) + ends
