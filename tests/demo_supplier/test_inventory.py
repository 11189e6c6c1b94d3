"""The supplier's books on a real database: what is on offer, and how it changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import Connection

from shared.demo_supplier import dataset, inventory, queries
from shared.demo_supplier.model import Changed, Changes, Listing, Seeded, Wanted, WantedPage
from shared.platform.money import from_cents
from tests.demo_supplier.conftest import STONES, listed, sample

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def ids(listings: list[Listing]) -> list[str]:
    return [listing.stone_id for listing in listings]


def test_seeded_stones_read_back_as_they_were_written(books: Connection) -> None:
    assert listed(books) == list(sample())


def test_books_that_are_filled_are_left_alone(books: Connection) -> None:
    assert inventory.seed(books) == Seeded(stones=STONES, seeded=False)


def test_a_reset_starts_anew(books: Connection) -> None:
    inventory.change(books, Changes(sell=10, reprice=10, add=10), now=NOON)

    assert inventory.seed(books, reset=True) == Seeded(stones=53_940, seeded=True)
    assert listed(books)[:STONES] == list(sample())


def test_two_who_seed_at_once_seed_the_whole_data_set_once(database_url: str) -> None:
    def seed(_: int) -> Seeded:
        with psycopg.connect(database_url) as conn:
            return inventory.seed(conn)

    with ThreadPoolExecutor() as people:
        told = list(people.map(seed, range(2)))

    assert {one.stones for one in told} == {dataset.STONES}
    assert sorted(one.seeded for one in told) == [False, True]
    with psycopg.connect(database_url) as conn:
        assert inventory.count(conn, Wanted()) == dataset.STONES


def test_pages_follow_the_ids_and_end_empty(books: Connection) -> None:
    pages = [listed(books, offset=offset, limit=120) for offset in (0, 120, 240, 360)]

    assert [len(page) for page in pages] == [120, 120, 60, 0]
    assert [stone for page in pages for stone in ids(page)] == ids(list(sample()))


def test_a_page_without_stones_is_an_empty_array(books: Connection) -> None:
    assert inventory.page(books, WantedPage(offset=STONES)) == "[]"


def test_a_page_is_the_same_whatever_the_database_s_time_zone(books: Connection) -> None:
    inventory.change(books, Changes(reprice=3), now=NOON + timedelta(microseconds=120))
    in_utc = inventory.page(books, WantedPage(limit=STONES))
    books.execute("SET LOCAL timezone = 'Asia/Kathmandu'")

    assert '"updated_at":"2026-03-01T12:00:00.00012Z"' in in_utc
    assert inventory.page(books, WantedPage(limit=STONES)) == in_utc


def test_a_stone_on_a_boundary_belongs_to_the_upper_range(books: Connection) -> None:
    price = listed(books)[7].asking_price_usd

    assert price not in [one.asking_price_usd for one in listed(books, price_below=price)]
    assert price in [one.asking_price_usd for one in listed(books, price_min=price)]
    below, above = Wanted(price_below=price), Wanted(price_min=price)
    assert inventory.count(books, below) + inventory.count(books, above) == STONES


def test_what_changed_at_the_very_instant_asked_from_is_included(books: Connection) -> None:
    changed = inventory.change(books, Changes(reprice=3), now=NOON)

    assert ids(listed(books, updated_from=NOON)) == changed.repriced
    assert inventory.count(books, Wanted(updated_from=NOON + timedelta(microseconds=1))) == 0


def test_sold_stones_vanish_but_can_be_asked_for(books: Connection) -> None:
    changed = inventory.change(books, Changes(sell=5), now=NOON)

    assert inventory.count(books, Wanted()) == STONES - 5
    assert not set(changed.sold) & set(ids(listed(books)))
    assert inventory.one(books, changed.sold[0]).availability_status == "sold"


@pytest.mark.parametrize("stone_id", ["DEMO-9999999", "DEMO-1", "", "demo-0000001", "\x00"])
def test_a_stone_that_was_never_listed_is_unknown(books: Connection, stone_id: str) -> None:
    with pytest.raises(inventory.StoneUnknown):
        inventory.one(books, stone_id)


def test_changes_touch_as_many_stones_as_asked_each_once(books: Connection) -> None:
    changed = inventory.change(books, Changes(sell=50, reprice=100, add=25), now=NOON)

    assert [len(changed.sold), len(changed.repriced), len(changed.added)] == [50, 100, 25]
    assert len({*changed.sold, *changed.repriced, *changed.added}) == 175
    assert inventory.count(books, Wanted(updated_from=NOON)) == 125


def test_changes_asked_for_one_by_one_meet_no_stone_twice(books: Connection) -> None:
    first = inventory.change(books, Changes(reprice=100, seed=3), now=NOON)
    second = inventory.change(books, Changes(sell=50, seed=3), now=LATER)

    assert not set(first.repriced) & set(second.sold)


def test_the_seed_decides_which_stones_are_touched(books: Connection) -> None:
    def chosen(seed: int) -> Changed:
        with books.transaction(force_rollback=True):
            return inventory.change(books, Changes(sell=9, reprice=9, add=9, seed=seed), now=NOON)

    assert chosen(1) == chosen(1)
    assert chosen(1).sold != chosen(2).sold


def test_a_repriced_stone_costs_something_else_and_nothing_more_changes(books: Connection) -> None:
    before = {listing.stone_id: listing for listing in listed(books)}
    changed = inventory.change(books, Changes(reprice=20), now=NOON)

    for stone_id in changed.repriced:
        old, new = before[stone_id], inventory.one(books, stone_id)
        moved = {"asking_price_usd", "price_per_ct_usd", "updated_at"}
        assert {name for name, value in new if getattr(old, name) != value} == moved


def test_added_stones_continue_the_numbers_and_are_new(books: Connection) -> None:
    added = inventory.change(books, Changes(add=3), now=NOON).added

    assert added == ["DEMO-0000301", "DEMO-0000302", "DEMO-0000303"]
    assert inventory.one(books, added[0]).created_at == NOON


def test_an_empty_inventory_can_be_added_to(conn: Connection) -> None:
    assert inventory.change(conn, Changes(add=1), now=NOON).added == ["DEMO-0000001"]


def test_nobody_sells_more_than_there_is(books: Connection) -> None:
    changed = inventory.change(books, Changes(sell=1_000, reprice=1_000), now=NOON)

    assert (len(changed.sold), changed.repriced) == (STONES, [])


@given(st.integers(100, 10**11), st.integers(1, dataset.STONES), st.integers(0, 2**31))
def test_a_new_price_is_near_the_old_one_but_not_it(cents: int, number: int, seed: int) -> None:
    price = from_cents(cents)
    new = inventory.new_price(price, dataset.stone_id(number), seed)

    assert new != price
    assert Decimal("0.89") * price <= new <= Decimal("1.11") * price


def test_copying_writes_every_column_of_a_listing(books: Connection) -> None:
    columns = queries.SQL["copy_listings"].sql.partition("(")[2].partition(")")[0]

    assert [name.strip() for name in columns.split(",")] == list(Listing.model_fields)
