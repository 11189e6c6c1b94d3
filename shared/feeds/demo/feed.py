"""The demo supplier as a feed: its price axis is the whole asking price in US dollars."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone
from shared.feeds.demo import client, mapping
from shared.feeds.model import FeedQuery, FeedShapeChanged, Identity, Item, PriceAxis, PriceRange
from shared.platform import setting_groups


class DemoFeed:
    """Ranges are half-open at this supplier: a stone on a boundary belongs to the upper one."""

    name = "demo"
    provider = "demo"
    mapper_version = 1
    axis = PriceAxis(unit="USD", granularity=Decimal(1), ceiling=Decimal(250_000))

    def __init__(self, config: setting_groups.DemoFeed) -> None:
        self._config = config
        self.page_size = config.page_size

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:
        return [self._count(query, within) for within in ranges]

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        asked = _asked(query, within) | {"offset": str(offset), "limit": str(self.page_size)}
        return _items(client.get(self._config, "diamonds", asked))

    def identify(self, item: Item) -> Identity:
        return mapping.identity(item)

    def stone(self, item: Item) -> Stone:
        return mapping.stone(item, feed=self.name)

    def _count(self, query: FeedQuery, within: PriceRange) -> int:
        return _total(client.get(self._config, "diamonds/count", _asked(query, within)))


def _asked(query: FeedQuery, within: PriceRange) -> dict[str, str]:
    asked = {"price_min": format(within.low, "f")}
    if within.high is not None:
        asked["price_below"] = format(within.high, "f")
    if query.updated_from is not None:
        asked["updated_from"] = query.updated_from.isoformat()
    return asked


def _total(answer: dict[str, Any]) -> int:
    total = answer.get("total_count")
    if type(total) is not int or total < 0:
        raise FeedShapeChanged("the demo supplier's count has no whole total_count")
    return total


def _items(answer: dict[str, Any]) -> list[Item]:
    items = answer.get("items")
    if not isinstance(items, list):
        raise FeedShapeChanged("the demo supplier's page has no list of items")
    return items
