"""The two active rule sets, compiled: what every statement that prices or rates is made with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from shared.platform import clock, db
from shared.platform.sql import Query
from shared.pricing import sets as pricing
from shared.pricing.model import PricingRules
from shared.rating import sets as rating
from shared.rating.model import RatingRules
from shared.rules.book import Book, C, Header, NoActiveRules
from shared.rules.compiler import compiled, completed
from shared.rules.model import candidates

KEPT = 8
_kept: dict[tuple[str, int, datetime | None], Any] = {}
"""What versions say, by the moment they were activated: they never change."""


@dataclass(frozen=True)
class Standing:
    """Which versions decide at a moment, and the trees that do it."""

    pricing_version: int
    rating_version: int
    at: datetime
    pricing_tree: str
    rating_tree: str

    def complete(self, query: Query) -> Query:
        """A named query with whichever of the trees it has a place for."""
        trees = {"pricing": self.pricing_tree, "rating": self.rating_tree}
        placed = {name: tree for name, tree in trees.items() if f"/* {name} tree */" in query.sql}
        return completed(query, **placed)

    @property
    def params(self) -> dict[str, Any]:
        return {
            "pricing_version": self.pricing_version,
            "rating_version": self.rating_version,
            "at": self.at,
        }


def standing(conn: Connection, at: datetime | None = None) -> Standing:
    """What decides now; the caller holds the pricing lock, so it stays so."""
    prices_by, price_rules = _active(pricing.BOOK, conn)
    rates_by, rating_rules = _active(rating.BOOK, conn)
    return of(prices_by.version, price_rules, rates_by.version, rating_rules, at or clock.now())


def of(
    pricing_version: int,
    price_rules: PricingRules,
    rating_version: int,
    rating_rules: RatingRules,
    at: datetime,
) -> Standing:
    """What would decide, were these sets active."""
    return Standing(
        pricing_version=pricing_version,
        rating_version=rating_version,
        at=at,
        pricing_tree=compiled(candidates(price_rules.rules, at)),
        rating_tree=compiled(candidates(rating_rules.rules, at)),
    )


def share(conn: Connection) -> None:
    """Price beside others until the transaction ends; whoever changes what decides waits."""
    db.value(conn, pricing.SQL["share_pricing"])


def own(conn: Connection) -> None:
    """Be the only one who prices, or changes what decides, until the transaction ends."""
    db.value(conn, pricing.SQL["own_pricing"])


def _active(book: Book[C], conn: Connection) -> tuple[Header, C]:
    header = db.find(conn, book.sql["find_active_set"], Header)
    if header is None:
        raise NoActiveRules(f"no {book.kind} rule set is active")
    key = (book.kind, header.version, header.activated_at)
    if key not in _kept:
        while len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = book.load(conn, header.version)
    content: C = _kept[key]
    return header, content
