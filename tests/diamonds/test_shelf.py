"""Columns in memory: the same answers as SQL, and as new as the version asked for."""

import random
import time
from collections.abc import Callable
from typing import Any, get_args

import psycopg
import pytest
from psycopg import Connection

from http_api.diamond_query import DiamondSearch
from shared.diamonds import queries
from shared.diamonds.catalogue import Catalogue
from shared.diamonds.filters import Condition
from shared.diamonds.hits import Loosened
from shared.diamonds.memory import Memory
from shared.diamonds.shelf import View, shelf
from shared.diamonds.sorting import Cursor, Order, SortBy
from shared.platform import db
from tests.conftest import AppSettings
from tests.diamonds.asks import ASKS, STAFF
from tests.support.stones import Stone, invented, stock

FACETS = ("shape", "color", "cut", "lab_grown", "eye_clean", "fancy_intensity")


@pytest.fixture
def stones(app_database: str, app_settings: AppSettings) -> list[Stone]:
    """Two thousand stones on sale, and their columns in memory."""
    app_settings(SEARCH_IN_MEMORY="true")
    put = invented(2_000, seed=11)
    with db.transaction() as conn:
        stock(conn, put)
    shelf.load().join()
    return put


def newest(conn: Connection) -> View:
    view = shelf.current(conn, queries.current_version(conn).version)
    assert view
    return view


def some_conditions(dice: random.Random) -> list[Condition]:
    memorable = [params for params, _ in ASKS if "certificate_number" not in params]
    asked: dict[str, str] = {}
    for params in dice.sample(memorable, dice.randint(0, 3)):
        asked |= params
    return DiamondSearch.model_validate(asked).conditions(STAFF, None)


def walked(engine: Any, order: tuple[SortBy, Order], limit: int) -> list[Any]:
    places: list[Any] = []
    after = None
    while True:
        hits = engine.page(order, limit, skip=0, cursor=after)
        places += hits.places
        if not hits.more:
            return places
        after = Cursor(*order, hits.places[-1].value, hits.places[-1].diamond_id)


def check_the_same(conn: Connection, dice: random.Random, rounds: int = 25) -> None:
    view = newest(conn)
    for _ in range(rounds):
        conditions = some_conditions(dice)
        order = dice.choice(get_args(SortBy)), dice.choice(get_args(Order))
        by_sql, by_memory = Catalogue(conn, conditions), Memory(view, conditions)
        skip = dice.choice([0, 0, 3, 60])
        assert by_memory.page(order, 20, skip=skip, cursor=None) == by_sql.page(
            order, 20, skip=skip, cursor=None
        )
        assert by_memory.total("exact") == by_sql.total("exact")
        assert most(by_memory.loosened()) == most(by_sql.loosened())
        assert by_memory.facets(FACETS) == by_sql.facets(FACETS)


def most(loosened: Loosened | None) -> int:
    """Of filters that keep away as many, either may be named."""
    return loosened.stones if loosened else 0


def test_memory_answers_as_sql_does(stones: list[Stone]) -> None:
    with db.transaction() as conn:
        check_the_same(conn, random.Random(1), rounds=60)


@pytest.mark.parametrize("sort_by", get_args(SortBy))
@pytest.mark.parametrize("order", get_args(Order))
def test_every_order_walked_in_memory_is_the_order_of_sql(
    stones: list[Stone], sort_by: SortBy, order: Order
) -> None:
    with db.transaction() as conn:
        conn.execute("UPDATE diamonds SET carats = 1.5 WHERE random() < 0.1")
    with db.transaction() as conn:
        by_sql = Catalogue(conn, []).page((sort_by, order), 5_000, skip=0, cursor=None)
        by_memory = walked(Memory(newest(conn), []), (sort_by, order), 83)

    assert by_memory == by_sql.places


@pytest.mark.parametrize("sort_by", get_args(SortBy))
@pytest.mark.parametrize("order", get_args(Order))
def test_from_any_place_memory_and_sql_read_both_ways_alike(
    stones: list[Stone], sort_by: SortBy, order: Order
) -> None:
    dice = random.Random(f"{sort_by}{order}")
    with db.transaction() as conn:
        conn.execute("UPDATE diamonds SET carats = 1.5 WHERE random() < 0.1")
    with db.transaction() as conn:
        every = Catalogue(conn, []).page((sort_by, order), 5_000, skip=0, cursor=None).places
        for place in [every[0], every[-1], *dice.sample(every, 8)]:
            at, conditions = every.index(place), some_conditions(dice)
            through = walked(Catalogue(conn, conditions), (sort_by, order), 5_000)
            before = [each for each in every[:at] if each in through][-20:]
            after = [each for each in every[at + 1 :] if each in through][:20]
            for engine in (Catalogue(conn, conditions), Memory(newest(conn), conditions)):
                for back, expected in ((True, before), (False, after)):
                    cursor = Cursor(sort_by, order, place.value, place.diamond_id, back)
                    hits = engine.page((sort_by, order), 20, skip=0, cursor=cursor)
                    assert hits.places == expected


def hold_some(conn: Connection, dice: random.Random) -> None:
    conn.execute("UPDATE diamonds SET own_availability = 'on_hold' WHERE random() < 0.05")


def reprice_some(conn: Connection, dice: random.Random) -> None:
    conn.execute(
        "UPDATE diamond_prices SET price_model_price = price_model_price + 7, rating = 3"
        " WHERE random() < 0.05"
    )


def list_some(conn: Connection, dice: random.Random) -> None:
    new = invented(50, seed=dice.randint(100, 10_000_000))
    tail = dice.getrandbits(64)
    named = [
        stone | {"supplier_stone_id": f"N-{tail}-{n}", "location": f"Place {tail}"}
        for n, stone in enumerate(new)
    ]
    stock(conn, named)


def remove_some(conn: Connection, dice: random.Random) -> None:
    conn.execute(
        "UPDATE diamonds SET status = 'deleted', deleted_at = now()"
        " WHERE status = 'active' AND random() < 0.02"
    )
    conn.execute("DELETE FROM diamond_prices WHERE random() < 0.02")


def bring_back_some(conn: Connection, dice: random.Random) -> None:
    conn.execute(
        "UPDATE diamonds SET status = 'active', deleted_at = NULL, own_availability = NULL"
        " WHERE random() < 0.03"
    )


Change = Callable[[Connection, random.Random], None]
CHANGES: list[Change] = [hold_some, reprice_some, list_some, remove_some, bring_back_some]


def test_memory_follows_every_change(stones: list[Stone]) -> None:
    dice = random.Random(3)
    for _ in range(12):
        with db.transaction() as conn:
            for change in dice.sample(CHANGES, dice.randint(1, 3)):
                change(conn, dice)
        with db.transaction() as conn:
            check_the_same(conn, dice, rounds=6)

    assert (shelf.loads, shelf.refreshes) == (1, 12)


def test_what_is_not_committed_is_not_seen(stones: list[Stone]) -> None:
    with db.transaction() as conn:
        before = newest(conn)
        hold_some(conn, random.Random(1))
        with db.transaction() as other:
            assert newest(other) is before


def test_after_a_truncation_everything_is_loaded_anew(stones: list[Stone]) -> None:
    with db.transaction() as conn:
        conn.execute("TRUNCATE diamonds CASCADE")
    with db.transaction() as conn:
        assert shelf.current(conn, queries.current_version(conn).version) is None
    shelf._tried = float("-inf")
    shelf.load().join()

    with db.transaction() as conn:
        assert newest(conn).stones == 0


def test_who_slept_too_long_loads_anew(
    stones: list[Stone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.diamonds.shelf.LONGEST_SLEEP_SECONDS", 0)
    with db.transaction() as conn:
        hold_some(conn, random.Random(1))
    with db.transaction() as conn:
        assert shelf.current(conn, queries.current_version(conn).version) is None


def test_a_transaction_that_commits_late_is_not_missed(
    stones: list[Stone], app_database: str
) -> None:
    with psycopg.connect(app_database) as late:
        late.execute("UPDATE diamonds SET own_availability = 'sold' WHERE shape = 'PEAR'")
        with db.transaction() as conn:
            conn.execute("UPDATE diamond_prices SET rating = 2 WHERE rating = 3")
        with db.transaction() as conn:
            check_the_same(conn, random.Random(2), rounds=3)
        late.commit()

    with db.transaction() as conn:
        check_the_same(conn, random.Random(8), rounds=3)


def test_what_changes_nothing_moves_no_number(stones: list[Stone]) -> None:
    with db.transaction() as conn:
        before = queries.current_version(conn)
        conn.execute("UPDATE diamonds SET own_availability = 'sold' WHERE false")
    with db.transaction() as conn:
        assert queries.current_version(conn) == before


def test_an_outgrown_base_is_replaced_in_the_background(
    stones: list[Stone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.diamonds.shelf.RELOAD_LEAST", 100)
    monkeypatch.setattr("shared.diamonds.shelf.PAUSE_SECONDS", 0)
    with db.transaction() as conn:
        conn.execute("UPDATE diamonds SET updated_at = now()")
    loads = shelf.loads
    with db.transaction() as conn:
        newest(conn)
    deadline = time.monotonic() + 60
    while shelf.loads == loads:
        assert time.monotonic() < deadline
        time.sleep(0.01)

    with db.transaction() as conn:
        assert newest(conn).changed.size == 0
        check_the_same(conn, random.Random(5))
