"""What consolidating takes a stone for: its identity, and what counts as a change."""

from shared.diamonds.model import diamond_id
from shared.ingestion import staging
from tests.support.feeds import ShelfFeed, listing


def test_a_stone_keeps_its_identity_in_every_database() -> None:
    assert diamond_id("demo", "DEMO-1") == diamond_id("demo", "DEMO-1")
    assert diamond_id("demo", "DEMO-1") != diamond_id("nivoda-natural", "DEMO-1")


def test_only_what_the_catalogue_shows_decides_whether_a_row_is_written() -> None:
    stone = ShelfFeed().stone(listing(1))

    touched = stone._replace(source_updated_at=None)
    repriced = stone._replace(feed_price=stone.feed_price + 1)

    assert staging.content_hash(touched) == staging.content_hash(stone)
    assert staging.content_hash(repriced) != staging.content_hash(stone)
