"""Every filter, and every pair of filters, finds exactly the stones it means."""

import random
from collections.abc import Iterable, Iterator
from itertools import combinations
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg import Connection

from http_api.diamond_query import DiamondSearch
from shared.diamonds import loading, queries
from shared.diamonds.catalogue import Catalogue
from shared.diamonds.columns import Lexicon, blank
from shared.diamonds.filters import BY_NAME, Condition
from shared.diamonds.hits import Engine
from shared.diamonds.memory import Memory
from shared.diamonds.shelf import View
from tests.diamonds.asks import ASKS, STAFF, Ask
from tests.support.postgres import Server
from tests.support.stones import invented, stock

STONES = invented(10_000)
ON_SALE = [stone for stone in STONES if stone["status"] == "active" and stone["price"]]
MEANT = {str(given): {s["id"] for s in ON_SALE if means(s)} for given, means in ASKS}
STANDARD = {
    "availability": {s["id"] for s in ON_SALE if s["availability"] == "available"},
    "treated": {s["id"] for s in ON_SALE if not s["treated"]},
}
PAIRS = [pair for pair in combinations(ASKS, 2) if not pair[0][0].keys() & pair[1][0].keys()]
EVERYTHING = 20_000


@pytest.fixture(scope="module")
def stocked(postgres: Server) -> Iterator[Connection]:
    with postgres.database() as url, psycopg.connect(url) as conn:
        stock(conn, STONES)
        conn.execute("ANALYZE diamonds, diamond_prices")
        yield conn


def asked(*asks: Ask) -> tuple[list[Condition], set[UUID]]:
    """The conditions as the API reads them, and the stones they mean by brute force."""
    params = {name: value for given, _ in asks for name, value in given.items()}
    meant = [MEANT[str(given)] for given, _ in asks]
    standard = [ids for name, ids in STANDARD.items() if name not in bare(params)]
    conditions = DiamondSearch.model_validate(params).conditions(STAFF, None)
    return conditions, set.intersection(*meant, *standard)


def bare(params: dict[str, str]) -> set[str]:
    return {name.removesuffix("_not") for name in params}


@pytest.fixture(scope="module")
def view(stocked: Connection) -> View:
    base = loading.load(stocked, Lexicon())
    return View(
        base, np.ones(base.size, np.bool_), blank(base.lexicon), queries.current_point(stocked), 0
    )


def found(engine: Engine) -> set[UUID]:
    hits = engine.page(("price", "asc"), EVERYTHING, skip=0, cursor=None)
    return {place.diamond_id for place in hits.places}


def test_no_filter_is_untried() -> None:
    tried = {name for params, _ in ASKS for name in params}
    spelled = {tail for name in tried for tail in (name, name.rpartition("_")[0])}

    assert BY_NAME.keys() <= spelled


@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: str(ask[0]))
def test_a_filter_finds_exactly_what_it_means(stocked: Connection, view: View, ask: Ask) -> None:
    conditions, meant = asked(ask)

    assert found(Catalogue(stocked, conditions)) == meant
    assert Catalogue(stocked, conditions).total("exact").stones == len(meant) > 0
    if in_memory(conditions):
        assert found(Memory(view, conditions)) == meant
        assert Memory(view, conditions).total("exact").stones == len(meant)


def test_every_pair_of_filters_finds_exactly_what_both_mean(view: View) -> None:
    for pair in PAIRS:
        conditions, meant = asked(*pair)
        if in_memory(conditions):
            assert found(Memory(view, conditions)) == meant, pair


def test_pairs_of_filters_find_the_same_by_sql(stocked: Connection) -> None:
    check_pairs(stocked, random.Random(7).sample(PAIRS, 150))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_pair_of_filters_finds_the_same_by_sql(stocked: Connection) -> None:
    check_pairs(stocked, PAIRS)


def check_pairs(conn: Connection, pairs: Iterable[tuple[Ask, Ask]]) -> None:
    for pair in pairs:
        conditions, meant = asked(*pair)
        assert found(Catalogue(conn, conditions)) == meant, pair


def in_memory(conditions: list[Condition]) -> bool:
    return all(condition.filter.in_memory for condition in conditions)
