"""A retailer's shelf to be tried against: what an upload put there, in a real database."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.feeds import registry
from shared.feeds.model import Feed
from shared.feeds.own_stock.feed import OwnStock
from shared.platform import db
from shared.stock import queries, reading
from tests.conftest import AppSettings
from tests.support import stock

STONES = 200


@contextmanager
def own_stock(app_settings: AppSettings) -> Iterator[Feed]:
    made = reading.read(stock.csv_of(stock.stones(STONES)), declared={}, constants={})
    with db.transaction() as conn:
        queries.shelve_lines(conn, made.shelf)
    with registry.registered(OwnStock(page_size=40)):
        yield registry.feed(OwnStock.name)


SUPPLIERS = {OwnStock.name: own_stock}
