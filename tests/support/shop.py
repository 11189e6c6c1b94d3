"""A shop with stones to sell: Nivoda's stand-in beside it, its stones in the catalogue."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from psycopg.rows import dict_row

from local.partners.nivoda.supplier import Supplier
from shared.access import service
from shared.access.model import Scope
from shared.diamonds.model import diamond_id
from shared.feeds import registry
from shared.feeds.model import FeedQuery, PriceRange
from shared.ingestion import queries, writing
from shared.platform import db
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.http import Answered, call

NATURAL, LABGROWN = "nivoda-natural", "nivoda-labgrown"
STONES = 6
WHOLE = PriceRange(Decimal(0), None)

T = TypeVar("T")


@dataclass
class Shop:
    partner: nivoda.Running
    key: dict[str, str]
    shelves: dict[str, list[str]]
    """The supplier's ids of what it listed when the shop opened."""

    @property
    def supplier(self) -> Supplier:
        return self.partner.supplier

    def stone(self, number: int = 0, feed: str = NATURAL) -> UUID:
        """A stone's public id, by its place on the supplier's shelf."""
        return diamond_id(feed, self.supplier_stone(number, feed))

    def supplier_stone(self, number: int = 0, feed: str = NATURAL) -> str:
        return self.shelves[feed][number]

    def ingest(self, feed: str = NATURAL) -> None:
        """Read what the supplier lists, and price it."""
        adapter = registry.feed(feed)
        stones = [adapter.stone(item) for item in adapter.page(FeedQuery(), WHOLE, 0)]
        with db.transaction() as conn:
            writing.restage(conn, adapter, stones)
            queries.consolidate_batch(conn, feed=feed, limit=1_000)

    def reprice(self, factor: Decimal) -> None:
        """The supplier asks another price for the first natural stone."""
        shelf = self.supplier.shelf("natural")
        stone = shelf.stone(0)
        assert stone is not None
        shelf.reprice(0, int(stone.cents * factor), 0)

    def ask(
        self,
        function: Any,
        method: str = "POST",
        *,
        body: dict[str, Any] | None = None,
        key: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        **route: Any,
    ) -> Answered:
        """Call an endpoint as the shop does."""
        named = {name: str(value) for name, value in route.items()}
        sent: bytes | dict[str, Any] = b"" if body is None else body
        headers = key or self.key
        return call(function, method, params=params, route=named, headers=headers, body=sent)

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        with db.transaction() as conn, conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()

    def run(self, statement: str, *values: object) -> None:
        with db.transaction() as conn:
            conn.execute(statement.encode(), values)

    def availability(self, stone: UUID) -> str:
        ((row),) = self.rows("SELECT availability FROM diamonds WHERE id = %s", stone)
        return str(row["availability"])

    def another_key(
        self, client_name: str, scopes: Sequence[Scope] = tuple(Scope)
    ) -> dict[str, str]:
        return a_key(client_name, scopes)


def a_key(client_name: str, scopes: Sequence[Scope] = tuple(Scope)) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name=client_name, scopes=scopes)
    return {"X-API-Key": issued.secret}


def at_once(calls: Sequence[Callable[[], T]], threads: int = 16) -> list[T]:
    """All of them, as many at a time as there are threads."""
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(one) for one in calls]]


@contextmanager
def shop(partner: nivoda.Running, app_settings: AppSettings, **environment: str) -> Iterator[Shop]:
    partner.restock(natural=STONES, labgrown=STONES)
    app_settings(**partner.environment, SELLING_LEASE_SECONDS="30", **environment)
    db.pool()
    with nivoda.hanging_up():
        supplier = partner.supplier
        shelves = {NATURAL: supplier.ids("natural"), LABGROWN: supplier.ids("labgrown")}
        opened = Shop(partner, a_key("a shop"), shelves)
        opened.ingest()
        yield opened
