"""How the supplier is made to misbehave."""

from decimal import Decimal
from fractions import Fraction

import pytest
from psycopg import Connection
from pydantic import ValidationError

from shared.demo_supplier import inventory, knobs
from shared.demo_supplier.model import Knobs, Wanted, WantedPage
from shared.platform import exact_json
from tests.demo_supplier.conftest import STONES, listed

WHOLE = WantedPage(limit=1_000)


def test_the_supplier_behaves_until_told_otherwise(conn: Connection) -> None:
    assert knobs.get(conn) == Knobs()


def test_knobs_are_replaced_as_a_whole_and_reset(conn: Connection) -> None:
    knobs.replace(conn, Knobs(outage_share=0.25, latency_ms=5))
    knobs.replace(conn, Knobs(malformed_share=0.1))

    assert knobs.get(conn) == Knobs(malformed_share=0.1)
    assert knobs.reset(conn) == knobs.get(conn) == Knobs()


@pytest.mark.parametrize("share", [0.05, 0.25, 0.4, 1.0])
def test_an_outage_covers_at_least_its_share_of_the_stones(books: Connection, share: float) -> None:
    prices = sorted(listing.asking_price_usd for listing in listed(books))
    told = Knobs(outage_share=share)
    out = [price for price in prices if knobs.out_of_reach(books, told, just_above(price))]

    assert out == prices[-len(out) :]
    assert Fraction(share) <= Fraction(len(out), STONES) <= Fraction(share) + Fraction(1, 20)


def just_above(price: Decimal) -> Wanted:
    """A range that ends with the stone of this price."""
    return Wanted(price_below=price + Decimal("0.01"))


def test_an_open_range_meets_every_outage(books: Connection) -> None:
    assert knobs.out_of_reach(books, Knobs(outage_share=0.01), Wanted())
    assert not knobs.out_of_reach(books, Knobs(outage_share=0), Wanted())


def test_a_supplier_without_stones_has_no_outage(conn: Connection) -> None:
    assert not knobs.out_of_reach(conn, Knobs(outage_share=1), Wanted())


def test_a_share_of_the_listings_always_the_same_ones_is_spoilt(books: Connection) -> None:
    some, more = spoilt(books, share=0.2), spoilt(books, share=0.4)

    assert 0.1 < len(some) / STONES < 0.3
    assert some < more


def spoilt(books: Connection, *, share: float) -> set[str]:
    served = knobs.spoilt(inventory.page(books, WHOLE), Knobs(malformed_share=share))
    return {item["stone_id"] for item in exact_json.loads(served) if item["weight_ct"] == "n/a"}


def test_spoiling_some_listings_leaves_the_others_as_they_were(books: Connection) -> None:
    page = inventory.page(books, WHOLE)
    served = knobs.spoilt(page, Knobs(malformed_share=0.2))

    for before, after in zip(exact_json.loads(page), exact_json.loads(served), strict=True):
        assert repr(after) in (repr(before), repr(before | {"weight_ct": "n/a"}))


def test_a_supplier_that_behaves_serves_the_page_as_it_is(books: Connection) -> None:
    page = inventory.page(books, WHOLE)

    assert knobs.spoilt(page, Knobs()) is page


@pytest.mark.parametrize(
    "wrong", [{"outage_share": 1.1}, {"status": 200}, {"latency_ms": -1}, {"outage": 0.5}]
)
def test_knobs_nobody_built_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Knobs.model_validate(wrong)
