"""A list's price is the same cents in Python, in SQL and in memory, for every retail price."""

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import numpy as np
import psycopg
import pytest
from psycopg import Connection

from shared.diamonds import columns
from shared.price_lists.model import Terms
from tests.support.postgres import Server
from tests.support.price_lists import per_carat

CASES = 200_000


@pytest.fixture
def database(postgres: Server) -> Iterator[Connection]:
    with postgres.database() as url, psycopg.connect(url) as conn:
        yield conn


@pytest.mark.parametrize("terms", [Terms(-750, 2), Terms(-5000, 0), Terms(1, 2), Terms(333, 0)])
def test_python_sql_and_memory_agree_to_the_cent(database: Connection, terms: Terms) -> None:
    dice = random.Random(terms.points)
    cents = [*range(1, 400), *(int(10 ** dice.uniform(0, 9)) for _ in range(CASES))]
    carats = [dice.randint(1, 3_000) for _ in cents]

    by_sql = database.execute(
        "SELECT listed_price_v1(cents / 100::numeric, %(points)s, %(places)s)"
        " FROM unnest(%(cents)s::bigint[]) WITH ORDINALITY AS retail(cents, n) ORDER BY n",
        {"points": terms.points, "places": terms.places, "cents": cents},
    ).fetchall()
    by_memory = columns.listed({"price": np.array(cents), "carat": np.array(carats)}, terms)
    by_python = [terms.price(Decimal(each).scaleb(-2)) for each in cents]

    assert [price for (price,) in by_sql] == by_python
    assert [Decimal(int(price)).scaleb(-2) for price in by_memory["price"]] == by_python
    assert [Decimal(int(price)).scaleb(-2) for price in by_memory["price_per_carat"]] == [
        per_carat(price, Decimal(weight).scaleb(-2))
        for price, weight in zip(by_python, carats, strict=True)
    ]


@pytest.mark.parametrize("points", [-5000, -751, -1, 0, 1, 999, 10000])
@pytest.mark.parametrize("places", [0, 2])
def test_who_pays_more_at_retail_never_pays_less_at_a_list(points: int, places: int) -> None:
    terms = Terms(points, places)

    prices = [terms.price(Decimal(cents).scaleb(-2)) for cents in range(1, 3_000)]

    assert all(one <= other for one, other in pairwise(prices))
    assert prices[0] > 0


def test_a_half_is_rounded_away_from_zero_once() -> None:
    assert Terms(-5000, 2).price(Decimal("10.01")) == Decimal("5.01")
    assert Terms(0, 0).price(Decimal("10.50")) == Decimal("11.00")
    assert Terms(-750, 2).price(Decimal("5000.00")) == Decimal("4625.00")
