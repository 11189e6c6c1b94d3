"""Nivoda's listings, made beforehand: what a page costs here is what it costs us, not its fetch."""

from collections.abc import Sequence
from decimal import Decimal

import orjson
from graphql import FragmentDefinitionNode, parse

from local.partners.nivoda.projection import Plan, compiled, project
from local.partners.nivoda.shelf import Kind
from local.partners.nivoda.supplier import EVERYTHING, Supplier
from shared.feeds.model import FeedQuery, Item, PriceRange
from shared.feeds.nivoda import NATURAL, operations
from shared.feeds.nivoda.feed import NivodaFeed
from shared.platform import exact_json
from shared.platform.setting_groups import Nivoda

KIND: Kind = "natural"
BATCH = 50
NOWHERE = Nivoda.model_validate(
    {"endpoint": "http://127.0.0.1:9", "username": "bench", "password": "bench"}
)


class Shelf:
    """Stones that the local supplier would list, and their listings as our own query asks."""

    def __init__(self, stones: int, seed: int = 0) -> None:
        self._supplier = Supplier(natural=stones, labgrown=1, seed=seed)
        self._supplier.knobs = self._supplier.knobs.model_copy(update={"short_page_share": 0})
        self._plan = _listing_plan()

    def listings(self, start: int, stones: int) -> list[Item]:
        """As they come off the wire: decimals, and nothing that another listing shares."""
        offsets = range(start, start + stones, BATCH)
        found = [item for offset in offsets for item in self._page(offset)]
        return found[:stones]

    def _page(self, offset: int) -> list[Item]:
        page = self._supplier.page(KIND, EVERYTHING, offset, BATCH)
        written: list[Item] = exact_json.loads(
            orjson.dumps([project(self._plan, item) for item in page])
        )
        return written


class ShelvedFeed(NivodaFeed):
    """Nivoda's feed; pages come out of memory, and a place on the axis is a place on the shelf."""

    def __init__(self, items: Sequence[Item], *, begins: int = 0, page_size: int = 40) -> None:
        super().__init__(NOWHERE, name=NATURAL, lab_grown=False)
        self.page_size = page_size
        self._listings = items
        self._begins = begins

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:  # noqa: ARG002
        return [len(range(int(part.low), int(part.high or part.low))) for part in ranges]

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:  # noqa: ARG002
        start = int(within.low) - self._begins + offset
        end = int(within.high or Decimal(0)) - self._begins
        return list(self._listings[start : min(end, start + self.page_size)])


def reprice(items: Sequence[Item], every: int) -> int:
    """A dollar more for every so-manieth stone; how many that were."""
    chosen = items[::every]
    for item in chosen:
        item["price"] += 100
    return len(chosen)


def _listing_plan() -> Plan:
    document = parse(operations.document("page"))
    fragments = {
        part.name.value: part
        for part in document.definitions
        if isinstance(part, FragmentDefinitionNode)
    }
    return compiled(fragments["Listing"].selection_set, fragments)
