"""Stones of our own are traded without asking anybody."""

import pytest

from shared.feeds import registry
from shared.feeds.model import Declined, Held, Ordered, Purchase
from shared.platform import db
from shared.stock import queries, reading
from tests.support.stock import csv_of, stone


@pytest.fixture
def shelf(app_database: str) -> None:
    assert app_database
    rows = [stone(1), stone(2, Availability="Memo"), stone(3, **{"Total Price": "?"})]
    made = reading.read(
        csv_of([{"Availability": "", **row} for row in rows]), declared={}, constants={}
    )
    with db.transaction() as conn:
        queries.shelve_lines(conn, made.shelf)


def test_the_shelf_says_what_a_stone_costs_and_whether_it_is_there(shelf: None) -> None:
    trading = registry.trading("own-stock")

    first, memo = trading.check("OWN-00001"), trading.check("OWN-00002")

    assert first is not None
    assert memo is not None
    assert (str(first.price), first.availability) == ("507.01", "available")
    assert memo.availability == "on_hold"
    assert trading.check("OWN-00003") is None
    assert trading.check("OWN-00004") is None


def test_a_hold_and_an_order_are_nobody_elses_business(shelf: None) -> None:
    trading = registry.trading("own-stock")

    one, other = trading.hold("OWN-00001"), trading.hold("OWN-00001")

    assert isinstance(one, Held)
    assert isinstance(other, Held)
    assert one.hold_id != other.hold_id
    assert trading.order(Purchase("OWN-00001", "PO-1")) == Ordered("PO-1")
    trading.release(one.hold_id)


def test_what_is_not_on_the_shelf_any_more_is_declined(shelf: None) -> None:
    trading = registry.trading("own-stock")

    assert isinstance(trading.hold("OWN-00009"), Declined)
    assert isinstance(trading.order(Purchase("OWN-00009", "PO-1")), Declined)
