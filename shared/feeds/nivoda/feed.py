"""Nivoda as two feeds, natural and laboratory-grown; the price axis is US dollars per carat."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone
from shared.feeds.model import FeedQuery, FeedShapeChanged, Identity, Item, PriceAxis, PriceRange
from shared.feeds.nivoda import listings, mapping
from shared.feeds.nivoda.answers import Answer
from shared.feeds.nivoda.client import PROVIDER, client
from shared.feeds.nivoda.query import diamond_query
from shared.platform import setting_groups


class NivodaFeed:
    """Ranges include both their bounds at this supplier: a stone on a boundary comes twice."""

    provider = PROVIDER
    mapper_version = 2
    axis = PriceAxis(unit="USD per carat", granularity=Decimal(1), ceiling=Decimal(100_000))

    def __init__(self, config: setting_groups.Nivoda, *, name: str, lab_grown: bool) -> None:
        self.name = name
        self.page_size = config.page_size
        self._counts_per_request = config.counts_per_request
        self._lab_grown = lab_grown
        self._client = client(config)

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:
        queries = [self._asked(query, within) for within in ranges]
        step = self._counts_per_request
        batches = [queries[start : start + step] for start in range(0, len(queries), step)]
        return [stones for batch in batches for stones in self._counted(batch)]

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        """The supplier filters after it has cut a page: a page may be short, and even empty.

        So an empty one is only believed at the end of what it counts; otherwise we look again, and
        further.
        """
        items = self._items(query, within, offset)
        if items:
            return items
        (counted,) = self.count(query, [within])
        further = range(offset, counted, self.page_size)
        pages = (self._items(query, within, start) for start in further)
        return next((page for page in pages if page), [])

    def identify(self, item: Item) -> Identity:
        return mapping.identity(item)

    def stone(self, item: Item) -> Stone:
        return mapping.stone(item, feed=self.name, lab_grown=self._lab_grown)

    def _asked(self, query: FeedQuery, within: PriceRange) -> dict[str, Any]:
        return diamond_query(query, within, lab_grown=self._lab_grown)

    def _counted(self, queries: Sequence[dict[str, Any]]) -> Iterator[int]:
        asked = {f"query{n}": query for n, query in enumerate(queries)}
        wanted = {f"with{n}": True for n in range(1, len(queries))}
        answer = self._client.ask("count", asked | wanted)
        return (_count(answer, n) for n in range(len(queries)))

    def _items(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        asked = {"query": self._asked(query, within), "offset": offset, "limit": self.page_size}
        return listings.of_page(self._client.ask("page", asked))


def _count(answer: Answer, number: int) -> int:
    count = listings.below(answer, "as", f"count{number}")
    if type(count) is not int or count < 0:
        raise FeedShapeChanged("Nivoda's count is not a whole number")
    return count
