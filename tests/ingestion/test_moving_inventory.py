"""A supplier's inventory moves while it is read: nothing that stays may be missed."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from shared.feeds.model import PriceRange
from tests.ingestion.conftest import Shop
from tests.support.feeds import listing


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
