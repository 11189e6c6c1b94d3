"""SQL for millions and Python for one take the same decision, to the cent."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from shared.diamonds.model import Stone
from shared.ingestion import queries
from shared.platform import clock
from shared.pricing.engine import PricingEngine, Unpriceable
from shared.pricing.model import PricingRule, PricingRules
from shared.rating.engine import RatingEngine
from shared.rating.model import RatingRules
from shared.rules.compiler import compiled
from shared.rules.model import candidates, first_match
from tests.support.rules import (
    NOON,
    a_pricing_rule,
    a_stone,
    activate_pricing,
    activate_rating,
    facts_of,
    pricing_rules,
    rating_rules,
    stage,
)

LOOKED_AT = {
    "stone_type": "text",
    "feed": "text",
    "supplier_name": "text",
    "shape": "text",
    "lab_grown": "boolean",
    "feed_price": "numeric",
    "carats": "numeric",
}
ON_FILE = """
    SELECT diamond_id, price_model_price, base_price, rule_price, pricing_rule_id,
           rating, rating_rule_id
      FROM diamond_prices"""


def disagreements(
    conn: Connection, stones: list[Stone], prices: PricingRules, ratings: RatingRules
) -> list[str]:
    on_file = {row[0]: row[1:] for row in conn.execute(ON_FILE)}
    pricer, rater = PricingEngine(prices, clock.now()), RatingEngine(ratings, clock.now())
    found = []
    for stone in stones:
        row, facts = on_file.get(stone.diamond_id), facts_of(stone)
        try:
            quote = pricer.quote(facts)
        except Unpriceable:
            found += [f"{stone.diamond_id} has a price"] if row else []
            continue
        rating = rater.rate(facts, quote.pricing_rating)
        expected = (quote.price, quote.base_price, quote.rule_price, quote.rule_id, *rating)
        if row != expected:
            found.append(f"{stone}: {expected} is not {row}")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_catalogue_and_the_engines_agree_to_the_cent(
    conn_on_either: Connection, seed: int
) -> None:
    conn, dice = conn_on_either, random.Random(seed)
    prices = pricing_rules(dice, dice.choice([0, 3, 40, 200]))
    ratings = rating_rules(dice, dice.choice([0, 3, 40, 200]))
    stones = [a_stone(dice, number) for number in range(400)]
    activate_pricing(conn, prices)
    activate_rating(conn, ratings)
    stage(conn, stones)

    batch = queries.consolidate_batch(conn, feed="shelf", limit=1_000)

    assert (batch.taken, batch.inserted) == (400, 400)
    assert batch.priced == 400 - batch.unpriced
    assert disagreements(conn, stones, prices, ratings) == []


@st.composite
def rules_and_stone(draw: st.DrawFn) -> tuple[list[PricingRule], Stone]:
    seeds = draw(st.lists(st.integers(0, 10_000), max_size=30))
    chance = draw(st.sampled_from([0.1, 0.35, 0.8]))
    rules = [a_pricing_rule(random.Random(seed), chance=chance) for seed in seeds]
    return rules, a_stone(random.Random(draw(st.integers(0, 10_000))), 1)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=rules_and_stone())
def test_a_tree_chooses_the_rule_that_trying_them_in_order_does(
    conn: Connection, drawn: tuple[list[PricingRule], Stone]
) -> None:
    rules, stone = drawn
    tried = candidates(rules, NOON)
    facts = facts_of(stone)
    values = ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in LOOKED_AT.items())
    tree = compiled(tried).replace("%", "%%")
    statement = f"SELECT {tree} FROM (SELECT {values}) AS stone"

    answered = conn.execute(statement.encode(), dict(facts)).fetchone()

    assert answered == (first_match(tried, facts),)
