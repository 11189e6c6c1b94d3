"""A stone that its supplier says it has sold: what the runs after that make of it."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.diamonds.model import diamond_id
from shared.ingestion import pages, planning
from shared.purchases import supplier_events
from shared.purchases.supplier_events import About, SupplierEvent
from tests.ingestion.conftest import Shop


def tell(shop: Shop, number: int) -> None:
    about = About(stoneId=f"S-{number:06}")
    event = SupplierEvent(type="stone.sold", occurredAt=datetime.now(UTC), data=about)
    supplier_events.heard(shop.feed.name, str(uuid4()), event)


def availability(shop: Shop, number: int) -> str:
    stone = diamond_id(shop.feed.name, f"S-{number:06}")
    ((found,),) = shop.rows(f"SELECT availability FROM diamonds WHERE id = '{stone}'")
    return str(found)


def test_a_run_that_begins_later_and_finds_it_listed_brings_it_back(shop: Shop) -> None:
    shop.run()
    tell(shop, 7)
    assert availability(shop, 7) == "sold"

    again = shop.run()

    assert (again.unchanged, again.balanced) == (300, True)
    assert availability(shop, 7) == "available"
    assert shop.run().updated == 0


def test_a_listing_with_news_of_it_brings_it_back(shop: Shop) -> None:
    shop.run()
    tell(shop, 7)
    shop.feed.change(7)

    again = shop.run()

    assert (again.changed, again.balanced) == (1, True)
    assert availability(shop, 7) == "available"


def test_one_that_is_listed_no_more_is_swept(shop: Shop) -> None:
    shop.run()
    tell(shop, 7)
    shop.feed.sell(7)

    assert shop.run().removed == 1


def test_what_a_run_read_before_it_was_told_does_not_bring_it_back(shop: Shop) -> None:
    shop.run()
    shop.feed.change(7)
    run = shop.open()
    for number in planning.plan_run(run.run_id):
        while pages.ingest_pages(run.run_id, f"partition-{number}") == "more":
            pass

    tell(shop, 7)
    ended = shop.settle(run.run_id)

    assert (ended.changed, ended.balanced) == (1, True)
    assert availability(shop, 7) == "sold"
