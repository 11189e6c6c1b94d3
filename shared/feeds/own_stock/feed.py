"""The shelf as a feed: its price axis is the total price in US dollars, ranges are half-open."""

from collections.abc import Sequence
from decimal import Decimal

from shared.diamonds.model import Stone
from shared.feeds.model import FeedQuery, Identity, Item, PriceAxis, PriceRange
from shared.feeds.own_stock import mapping, shelf
from shared.platform import db


class OwnStock:
    name = "own-stock"
    provider = "own-stock"
    mapper_version = 1
    axis = PriceAxis(unit="USD", granularity=Decimal(1), ceiling=Decimal(1_000_000))

    def __init__(self, page_size: int = 500) -> None:
        self.page_size = page_size

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:
        with db.transaction() as conn:
            return [shelf.count(conn, query, within) for within in ranges]

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        with db.transaction() as conn:
            return shelf.page(conn, query, within, offset=offset, limit=self.page_size)

    def identify(self, item: Item) -> Identity:
        return mapping.identity(item)

    def stone(self, item: Item) -> Stone:
        return mapping.stone(item, feed=self.name)
