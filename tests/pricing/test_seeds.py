"""The rule sets to start from give the documented prices and ratings."""

from decimal import Decimal
from typing import Any

import pytest

from shared.pricing import lint as price_lint
from shared.pricing.engine import PricingEngine
from shared.pricing.model import BaseMargin, PricingRule, PricingRules
from shared.pricing.seeds import SEEDS
from shared.rating.engine import RatingEngine
from shared.rating.seeds import SEEDS as RATING_SEEDS
from shared.rules import lint
from tests.support.rules import NOON


def stone(stone_type: str, cost: str, **known: Any) -> dict[str, Any]:
    return {
        "stone_type": stone_type,
        "lab_grown": stone_type == "lab",
        "feed": "demo",
        "shape": "ROUND",
        "carats": Decimal(1),
        "feed_price": Decimal(cost),
        **known,
    }


@pytest.mark.parametrize(
    ("kind", "cost", "price"),
    [
        ("lab", "800", "1480.00"),
        ("lab", "2000", "3640.00"),
        ("lab", "4000", "7160.00"),
        ("lab", "8000", "14000.00"),
        ("natural", "499.99", "729.99"),
        ("natural", "2999.99", "4289.99"),
        ("natural", "3000", "4200.00"),
        ("fancy", "10000", "13100.00"),
        ("natural", "20000", "25200.00"),
    ],
)
def test_the_bracket_seed_gives_the_documented_prices(kind: str, cost: str, price: str) -> None:
    engine = PricingEngine(SEEDS["brackets"](), NOON)

    assert engine.quote(stone(kind, cost)).price == Decimal(price)


@pytest.mark.parametrize(
    ("base", "points", "price"), [(40, 5, "1450.00"), (79, 6, "1850.00"), (79, -4, "1750.00")]
)
def test_points_on_the_base_margin_give_the_documented_prices(
    base: int, points: int, price: str
) -> None:
    rules = PricingRules(
        rules=(PricingRule(margin_modifier=Decimal(points)),),
        base_margins=tuple(
            BaseMargin(stone_type=kind, margin=Decimal(base))
            for kind in ("natural", "lab", "fancy")
        ),
    )

    assert PricingEngine(rules, NOON).quote(stone("natural", "1000")).price == Decimal(price)


@pytest.mark.parametrize(
    ("known", "ratio", "rating"),
    [
        ({"carats": Decimal("3.00")}, "1.30", 9),
        ({"carats": Decimal("3.00"), "lab_grown": True}, "1.25", 7),
        ({"lab_grown": True}, "1.10", 6),
        ({"supplier_name": "preferred-supplier"}, "1.12", None),
        ({"carats": Decimal("0.50")}, "1.08", 4),
        ({}, "1.15", 5),
    ],
)
def test_the_example_seed_gives_the_documented_markups(
    known: dict[str, Any], ratio: str, rating: int | None
) -> None:
    quote = PricingEngine(SEEDS["examples"](), NOON).quote(stone("natural", "1000") | known)

    assert (quote.markup_ratio, quote.pricing_rating) == (Decimal(ratio), rating)


def test_lint_names_every_edge_at_which_a_dearer_stone_sells_for_less() -> None:
    steps = list(price_lint.steps_down(SEEDS["brackets"](), NOON))

    natural = [step for step in steps if step["stone_type"] == "natural"]
    assert [step["cost"] for step in natural] == [1_000, 3_000, 6_000, 10_000, 20_000]
    assert natural[-1]["price_below"] - natural[-1]["price_at"] > 900


@pytest.mark.parametrize(
    ("known", "rating"),
    [
        ({"color": "D", "clarity": "IF", "cut": "EX"}, 10),
        ({"color": "F", "clarity": "VVS1", "cut": "ID", "feed_price": Decimal(5_000)}, 9),
        ({"color": "M", "clarity": "I3", "cut": "F"}, 2),
        ({"clarity": "I3", "cut": "EX", "feed_price": Decimal(2_000)}, 1),
        ({"feed_price": Decimal(400)}, 5),
        ({"feed_price": Decimal(9_000)}, 5),
    ],
)
def test_the_graded_seed_gives_the_documented_ratings(known: dict[str, Any], rating: int) -> None:
    engine = RatingEngine(RATING_SEEDS["graded"](), NOON)

    assert engine.rate(stone("natural", "1500") | known, None)[0] == rating


def test_lint_finds_the_rule_of_the_graded_seed_that_never_applies() -> None:
    rules = RATING_SEEDS["graded"]()
    engine = RatingEngine(rules, NOON)

    lost = {one.rule_id for one in lint.lint(engine.tried) if one.finding == "shadowed"}

    assert [rule.priority for rule in rules.rules if rule.id in lost] == [111]
