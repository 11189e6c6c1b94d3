"""Kept answers: by their ETag, for as long as they are true, and not a commit longer."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier, Event, Thread
from typing import Any

import psycopg
import pytest

from http_api import answers
from http_api.answers import MEGABYTE, get_cache_stats
from http_api.diamonds import count_facets, search_diamonds
from http_api.stone import get_diamond
from shared.access import service
from shared.access.model import Scope
from shared.diamonds import queries
from shared.diamonds.shelf import shelf
from shared.ingestion import queries as ingestion
from shared.ingestion.writing import restage
from shared.platform import db, exact_json
from shared.platform.money import round_cents
from tests.conftest import AppSettings
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call

STONES = 20


@pytest.fixture
def key(app_database: str, app_settings: AppSettings) -> Iterator[dict[str, str]]:
    """Twenty stones on sale, a rate of the euro, and a key that may look at them."""
    answers.cache.clear()
    app_settings(SEARCH_IN_MEMORY="true")
    with db.transaction() as conn:
        issued = service.issue(
            conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ, Scope.RUNS_READ]
        )
    for number in range(STONES):
        consolidate(number, 100)
    set_rate(Decimal("0.5"))
    yield {"X-API-Key": issued.secret}
    answers.cache.clear()


def consolidate(number: int, price: int) -> None:
    with db.transaction() as conn:
        item = listing(number, price=Decimal(price))
        restage(conn, ShelfFeed(), [ShelfFeed().stone(item)])
        ingestion.consolidate_batch(conn, feed="shelf", limit=100)


def set_rate(rate: Decimal) -> None:
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO exchange_rates (base, quote, rated_on, rate, source)"
            " VALUES ('USD', 'EUR', current_date, %s, 'test')"
            " ON CONFLICT (base, quote, rated_on) DO UPDATE SET rate = EXCLUDED.rate",
            [rate],
        )


def set_hold(stone_id: str, availability: str | None) -> None:
    with db.transaction() as conn:
        conn.execute(
            "UPDATE diamonds SET own_availability = %s WHERE id = %s", [availability, stone_id]
        )


def search(key: dict[str, str], etag: str = "", **params: str) -> Answered:
    return call(search_diamonds, params=params, headers=key | {"If-None-Match": etag})


@pytest.mark.parametrize("function", [search_diamonds, count_facets, get_diamond])
def test_who_has_the_answer_is_told_so_without_a_look_at_the_stones(
    key: dict[str, str], app_database: str, function: Any
) -> None:
    stone = search(key, limit="1").body["data"][0]["id"]
    route = {"diamond_id": stone} if function is get_diamond else {}
    first = call(function, route=route, headers=key)

    with psycopg.connect(app_database) as other:
        other.execute("LOCK TABLE diamonds, diamond_prices IN ACCESS EXCLUSIVE MODE")
        known = f'W/{first.headers["ETag"]}, "another"'
        again = call(function, route=route, headers=key | {"If-None-Match": known})

    assert (again.status, again.raw) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("change", ["price", "hold", "sale", "new stone", "rate"])
def test_every_change_that_shows_makes_another_etag(key: dict[str, str], change: str) -> None:
    before = search(key, currency="EUR")
    stone = before.body["data"][0]["id"]
    match change:
        case "price":
            consolidate(3, 777)
        case "hold":
            set_hold(stone, "on_hold")
        case "sale":
            set_hold(stone, "sold")
        case "new stone":
            consolidate(STONES + 1, 100)
        case _:
            set_rate(Decimal("0.75"))

    after = search(key, before.headers["ETag"], currency="EUR")

    assert (after.status, after.headers["ETag"] == before.headers["ETag"]) == (200, False)
    assert after.body != before.body


def test_other_questions_have_other_etags(key: dict[str, str]) -> None:
    asked = [{}, {"shape": "round"}, {"limit": "3"}, {"fields": "id"}, {"currency": "USD"}]

    tags = {search(key, **params).headers["ETag"] for params in asked}

    assert len(tags) == len(asked)
    assert search(key, shape=" Round").headers["ETag"] in tags


def test_a_kept_answer_is_the_same_answer(key: dict[str, str]) -> None:
    before = stats(key)
    first, second = search(key), search(key)

    assert second.raw == first.raw
    assert stats(key)["hits"] == before["hits"] + 1


def test_many_who_ask_at_once_share_one_answer(key: dict[str, str]) -> None:
    cache, everybody, done = answers.Cache(), Barrier(8), Event()

    def make() -> bytes:
        assert done.wait(30)
        return b"made once"

    def ask(number: int) -> bytes:
        everybody.wait(30)
        return cache.get("tag", make, MEGABYTE)

    with ThreadPoolExecutor(8) as crowd:
        asked = [crowd.submit(ask, number) for number in range(8)]
        while cache.misses + cache.shared + cache.hits < 8:
            pass
        done.set()
        assert {each.result(30) for each in asked} == {b"made once"}
    assert (cache.misses, cache.shared) == (1, 7)


def test_a_failure_is_not_kept() -> None:
    cache = answers.Cache()

    def fail() -> bytes:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        cache.get("tag", fail, MEGABYTE)
    assert cache.get("tag", lambda: b"now", MEGABYTE) == b"now"


def test_the_cache_keeps_to_its_size() -> None:
    cache = answers.Cache()
    for number in range(30):
        cache.get(str(number), lambda: bytes(100_000), MEGABYTE)

    assert (cache.entries, cache.bytes) == (10, 1_000_000)


def test_how_searches_are_answered_is_told(key: dict[str, str]) -> None:
    shelf.load().join()
    search(key)

    told = stats(key)
    assert told["stonesInMemory"] == STONES
    assert told["entries"] > 0


def stats(key: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = call(get_cache_stats, headers=key).body["data"]
    return data


class Shop:
    """Changes one thing after another, and remembers what was true at which version."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.dice = random.Random(6)
        self.step = 0
        self.rates: list[Decimal] = [Decimal("0.5")]
        self.prices: dict[str, list[tuple[int, Decimal]]] = {}
        self.held: dict[str, list[tuple[int, bool]]] = {stone: [(0, False)] for stone in ids}

    def change(self) -> None:
        self.step += 1
        match self.dice.choice(["price", "price", "hold", "hold", "rate"]):
            case "price":
                number = self.dice.randrange(STONES)
                consolidate(number, 100 + self.step)
            case "hold":
                stone = self.dice.choice(self.ids)
                held = not self.held[stone][-1][1]
                set_hold(stone, "on_hold" if held else None)
                self.held[stone].append((self.version(), held))
            case _:
                rate = Decimal("0.5") + Decimal(self.step) / 1_000
                set_rate(rate)
                self.rates.append(rate)
        self.remember()

    def version(self) -> int:
        with db.transaction() as conn:
            return queries.current_version(conn).version

    def remember(self) -> None:
        with db.transaction() as conn:
            version = queries.current_version(conn).version
            found = conn.execute("SELECT diamond_id::text, price_model_price FROM diamond_prices")
            for stone, price in found:
                known = self.prices.setdefault(stone, [])
                if not known or known[-1][1] != price:
                    known.append((version, price))

    def price_at(self, stone: str, version: int) -> Decimal:
        """Prices only rise, so an older one is a lower one."""
        return max(price for at, price in self.prices[stone] if at <= version)


READS, CHANGES, VERSIONS = 1_000, 50, 20
"""As many at least, whichever side the machine is slower at."""


@pytest.mark.timeout(300)
def test_no_answer_is_older_than_its_etag_says(key: dict[str, str]) -> None:
    shelf.load().join()
    shop = Shop([stone["id"] for stone in search(key, fields="id").body["data"]])
    shop.remember()
    over = Event()
    read: list[Read] = []

    def trade() -> None:
        while not over.is_set():
            shop.change()

    trader = Thread(target=trade)
    trader.start()
    try:
        with ThreadPoolExecutor(4) as crowd:
            while len(read) < READS or shop.step < CHANGES or len(versions(read)) < VERSIONS:
                numbers = range(len(read), len(read) + 100)
                read.extend(crowd.map(lambda number: look(key, shop, number), numbers))
    finally:
        over.set()
        trader.join()

    for version, rate, stones in read:
        for stone in stones:
            assert stone["price"] >= shop.price_at(stone["id"], version)
            assert stone["displayPrice"] == round_cents(stone["price"] * rate)
            held = [held for at, held in shop.held[stone["id"]] if at <= version]
            freed = any(not held for at, held in shop.held[stone["id"]] if at > version)
            assert not held[-1] or freed, (stone, version)


def versions(read: "list[Read]") -> set[int]:
    return {version for version, _, _ in read}


Read = tuple[int, Decimal, list[dict[str, Any]]]


def look(key: dict[str, str], shop: Shop, number: int) -> Read:
    """A search now: the version of its ETag, its rate and its stones."""
    dice = random.Random(number)
    rate_before = shop.rates[-1]
    order = dice.choice(["price", "newest", "rating"])
    answered = search(key, currency="EUR", sort_by=order, limit=dice.choice(["20", "100"]))
    assert answered.status == 200
    body = exact_json.loads(answered.raw)
    rate = body["exchangeRate"]["rate"]
    assert rate >= rate_before
    return int(answered.headers["ETag"].strip('"').partition("-")[0]), rate, body["data"]
