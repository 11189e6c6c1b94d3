"""A supplier said that it sold a stone: what its lists say afterwards decides."""

from shared.platform import clock
from shared.purchases import supplier_events
from shared.purchases.supplier_events import SOLD, SupplierEvent
from tests.ingestion.conftest import Shop

STONE = "S-000007"


def say_sold(shop: Shop, message: str) -> None:
    said = {"type": SOLD, "occurredAt": clock.now(), "data": {"stoneId": STONE}}
    supplier_events.heard(shop.feed.name, message, SupplierEvent.model_validate(said))


def availability(shop: Shop) -> object:
    ((found,),) = shop.rows(
        f"SELECT feed_availability FROM diamonds WHERE supplier_stone_id = '{STONE}'"
    )
    return found


def test_a_stone_that_a_later_list_still_offers_is_on_sale_again(shop: Shop) -> None:
    shop.run()
    say_sold(shop, "1")
    assert availability(shop) == "sold"

    summary = shop.run()

    assert availability(shop) == "available"
    assert summary.unchanged == summary.fetched
    assert shop.run().updated == 0


def test_a_list_that_was_read_before_the_sale_brings_nothing_back(shop: Shop) -> None:
    shop.run()
    begun = shop.open()
    shop.fetch(begun.run_id)
    say_sold(shop, "1")

    shop.settle(begun.run_id)

    assert availability(shop) == "sold"


def test_a_stone_that_the_next_list_leaves_out_stays_off_sale(shop: Shop) -> None:
    shop.run()
    say_sold(shop, "1")
    del shop.feed.shelf[STONE]

    shop.run()

    assert availability(shop) == "sold"
    assert shop.rows("SELECT count(*) FROM diamonds WHERE status = 'deleted'") == [(1,)]
