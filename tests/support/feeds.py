"""An invented supplier that satisfies the feed port; it keeps its stones on a shelf."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone, diamond_id
from shared.feeds.model import (
    FeedQuery,
    Identity,
    Item,
    PriceAxis,
    PriceRange,
    Unmappable,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def listing(number: int, **changed: Any) -> Item:
    """The supplier's JSON for one stone, with a price that is its own."""
    return {
        "id": f"S-{number:06}",
        "offer": f"O-{number:06}",
        "price": Decimal(f"{100 + number * 7 % 9_000}.{number % 100:02}"),
        "carats": Decimal("1.00") + Decimal(number % 200) / 100,
        "shape": "ROUND",
        "updated": LONG_AGO.isoformat(),
        **changed,
    }


class ShelfFeed:
    name = "shelf"
    provider = "shelf"
    mapper_version = 1
    page_size = 10
    axis = PriceAxis("USD", Decimal(1), Decimal(10_000))

    def __init__(self, stones: int = 0) -> None:
        self.shelf = {item["id"]: item for item in map(listing, range(stones))}
        self.before_page: Callable[[PriceRange, int], None] = lambda *_: None
        self.includes_upper_bound = False

    def put(self, item: Item) -> None:
        self.shelf[item["id"]] = item

    def change(self, number: int, **changed: Any) -> None:
        item = self.shelf[f"S-{number:06}"]
        moment = datetime.fromisoformat(item["updated"]) + timedelta(days=1)
        self.shelf[item["id"]] = item | {"updated": moment.isoformat()} | changed

    def sell(self, number: int) -> None:
        del self.shelf[f"S-{number:06}"]

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:
        return [len(self._within(query, part)) for part in ranges]

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        self.before_page(within, offset)
        return self._within(query, within)[offset : offset + self.page_size]

    def identify(self, item: Item) -> Identity:
        if "id" not in item:
            raise Unmappable("id", "is missing")
        return Identity(item["id"], item["offer"], datetime.fromisoformat(item["updated"]))

    def stone(self, item: Item) -> Stone:
        if not isinstance(item["carats"], Decimal):
            raise Unmappable("carats", f"{item['carats']!r} is not a number")
        blank: dict[str, Any] = dict.fromkeys(Stone._fields)
        known: dict[str, Any] = {
            "diamond_id": diamond_id(self.name, item["id"]),
            "feed": self.name,
            "supplier_stone_id": item["id"],
            "offer_id": item["offer"],
            "shape": item["shape"],
            "carats": item["carats"],
            "lab_grown": item.get("lab", False),
            "treated": False,
            "stone_type": "lab" if item.get("lab") else "natural",
            "feed_price": item["price"],
            "feed_availability": "available",
            "source_updated_at": datetime.fromisoformat(item["updated"]),
        }
        return Stone(**(blank | known))

    def _within(self, query: FeedQuery, part: PriceRange) -> list[Item]:
        return [
            item
            for _, item in sorted(self.shelf.items())
            if self._matches(item["price"], part) and _since(query, item)
        ]

    def _matches(self, price: Decimal, part: PriceRange) -> bool:
        if part.high is None:
            return price >= part.low
        below = price <= part.high if self.includes_upper_bound else price < part.high
        return price >= part.low and below


def _since(query: FeedQuery, item: Item) -> bool:
    moment = datetime.fromisoformat(item["updated"])
    return query.updated_from is None or moment >= query.updated_from
