"""The supplier's books: what is on offer, and how it changes."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import cycle, islice

from psycopg import Connection

from shared.demo_supplier import dataset, queries
from shared.demo_supplier.draw import Aspect, Draw
from shared.demo_supplier.model import (
    Changed,
    Changes,
    Listing,
    Seeded,
    Wanted,
    WantedPage,
)
from shared.platform.errors import NotFound
from shared.platform.money import round_cents

PRICE_MOVES = (*range(-10, 0), *range(1, 11))


class StoneUnknown(NotFound):
    def __init__(self, stone_id: str) -> None:
        super().__init__(f"This supplier has never listed {stone_id[:40]!r}.")


def count(conn: Connection, wanted: Wanted) -> int:
    """How many available stones there are; sold ones are not spoken of."""
    return queries.count(conn, wanted)


def page(conn: Connection, wanted: WantedPage) -> str:
    """The available stones that are wanted, as a JSON array of listings."""
    return queries.page(conn, wanted)


def one(conn: Connection, stone_id: str) -> Listing:
    """A stone by its id, also after it was sold."""
    if not dataset.STONE_ID.fullmatch(stone_id):
        raise StoneUnknown(stone_id)
    listing = queries.find_listing(conn, stone_id=stone_id)
    if listing is None:
        raise StoneUnknown(stone_id)
    return listing


def seed(conn: Connection, *, reset: bool = False) -> Seeded:
    """Fill the inventory with the data set, unless it is filled already."""
    queries.lock_inventory(conn)
    there = queries.summarize_inventory(conn).stones
    if there and not reset:
        return Seeded(stones=there, seeded=False)
    queries.clear_inventory(conn)
    stones = queries.copy_listings(conn, dataset.listings())
    queries.analyze_inventory(conn)
    return Seeded(stones=stones, seeded=True)


def change(conn: Connection, changes: Changes, *, now: datetime) -> Changed:
    """Sell, reprice and add stones, in this order, so that no stone is touched twice."""
    queries.lock_inventory(conn)
    return Changed(
        sold=_sell(conn, changes, now),
        repriced=_reprice(conn, changes, now),
        added=_add(conn, changes, now),
    )


def _sell(conn: Connection, changes: Changes, now: datetime) -> list[str]:
    chosen = queries.choose_available(conn, stones=changes.sell, seed=changes.seed)
    stone_ids = sorted(stone.stone_id for stone in chosen)
    queries.mark_sold(conn, stone_ids=stone_ids, at=now)
    return stone_ids


def _reprice(conn: Connection, changes: Changes, now: datetime) -> list[str]:
    chosen = queries.choose_available(conn, stones=changes.reprice, seed=changes.seed)
    prices = {
        stone.stone_id: new_price(stone.asking_price_usd, stone.stone_id, changes.seed)
        for stone in chosen
    }
    queries.set_prices(conn, prices=prices, at=now)
    return sorted(prices)


def _add(conn: Connection, changes: Changes, now: datetime) -> list[str]:
    last = queries.summarize_inventory(conn).last_stone_id
    first = dataset.number_of(last) + 1 if last else 1
    listings = list(_newcomers(first, changes, now))
    queries.copy_listings(conn, listings)
    return [listing.stone_id for listing in listings]


def _newcomers(first: int, changes: Changes, now: datetime) -> Iterator[Listing]:
    """Stones with new numbers and the figures of neighbouring rows of the set."""
    start = Draw(changes.seed).whole(Aspect.NEWCOMER, 0, dataset.STONES - 1)
    rows = islice(cycle(dataset.lines()), start, start + changes.add)
    for number, line in enumerate(rows, start=first):
        yield dataset.listing(number, line, listed_at=now)


def new_price(price: Decimal, stone_id: str, seed: int) -> Decimal:
    """Another price than before, up to ten per cent up or down."""
    draw = Draw(f"{stone_id}/{seed}")
    percent = PRICE_MOVES[draw.whole(Aspect.PRICE_MOVE, 0, len(PRICE_MOVES) - 1)]
    return round_cents(price * (100 + percent) / 100)
