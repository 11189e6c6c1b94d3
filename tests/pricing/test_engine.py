"""Pricing: the first rule that applies, one rounding at the end."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.platform.money import from_cents, round_cents
from shared.pricing.engine import PricingEngine, Unpriceable
from shared.pricing.model import BaseMargin, PricingRule, PricingRules, Quote
from tests.support.rules import NOON

STONE: dict[str, Any] = {
    "feed": "demo",
    "stone_type": "natural",
    "shape": "ROUND",
    "carats": Decimal("1.00"),
    "lab_grown": False,
    "supplier_name": "Acme",
    "feed_price": Decimal("1000.00"),
}


def rule(number: int = 1, **given: Any) -> PricingRule:
    if "markup_ratio" not in given and "margin_modifier" not in given:
        given["markup_ratio"] = Decimal(2)
    return PricingRule(**({"id": UUID(int=number), "priority": 100} | given))


def margins(**given: Any) -> tuple[BaseMargin, ...]:
    return tuple(BaseMargin(stone_type=kind, **given) for kind in ("natural", "lab", "fancy"))


def quoted(*rules: PricingRule, cost: str = "1000.00", **settings: Any) -> Quote:
    engine = PricingEngine(PricingRules(rules=rules, **settings), NOON)
    return engine.quote(STONE | {"feed_price": Decimal(cost)})


def test_no_rule_means_the_base_margin() -> None:
    assert quoted().price == Decimal("1150.00")


def test_the_documented_example_comes_out_to_the_cent() -> None:
    made = quoted(rule(markup_ratio=Decimal("1.25")), cost="1000.00")

    assert (from_cents(100_000), made.price) == (Decimal("1000.00"), from_cents(125_000))


def test_a_percentage_and_a_fee_come_to_the_documented_price() -> None:
    made = quoted(rule(markup_ratio=Decimal("1.15"), fixed_fee=Decimal(50)), cost="2000.00")

    assert made.price == Decimal("2350.00")


def test_the_lowest_priority_number_wins_and_the_id_breaks_ties() -> None:
    first = rule(7, priority=10, markup_ratio=Decimal("1.5"))
    tied = rule(9, priority=10, markup_ratio=Decimal(2))
    late = rule(1, priority=20, markup_ratio=Decimal(3))

    assert quoted(late, tied, first).rule_id == first.id


def test_a_modifier_adds_points_to_the_base_margin() -> None:
    made = quoted(rule(margin_modifier=Decimal("-2.5")))

    assert (made.price, made.markup_ratio) == (Decimal("1125.00"), Decimal("1.125"))


@pytest.mark.parametrize(
    ("criteria", "matches"),
    [
        ({"stone_type": "natural"}, True),
        ({"stone_type": "lab"}, False),
        ({"feed": "other"}, False),
        ({"supplier_name": "Acme"}, True),
        ({"supplier_name": "acme"}, False),
        ({"lab_grown": True}, False),
        ({"shapes": ["oval", "round"]}, True),
        ({"shapes": ["OVAL"]}, False),
        ({"price_min": Decimal(1000)}, True),
        ({"price_below": Decimal(1000)}, False),
        ({"carat_min": Decimal("1.01")}, False),
        ({"carat_below": Decimal("1.01")}, True),
        ({"effective_from": NOON}, True),
        ({"effective_from": NOON + timedelta(seconds=1)}, False),
        ({"effective_until": NOON}, False),
        ({"effective_until": NOON + timedelta(seconds=1)}, True),
    ],
)
def test_every_criterion_given_must_hold(criteria: dict[str, Any], *, matches: bool) -> None:
    matched = rule(**criteria)

    assert (quoted(matched).rule_id == matched.id) is matches


@pytest.mark.parametrize(
    ("policy", "cost", "price"),
    [
        ("none", "100.01", "115.01"),
        ("up", "100.01", "116.00"),
        ("up", "100.00", "115.00"),
        ("charm", "100.01", "115.99"),
        ("charm", "100.00", "115.99"),
        ("charm", "99.99", "114.99"),
    ],
)
def test_rounding_comes_last_and_never_lowers_a_price(policy: str, cost: str, price: str) -> None:
    assert quoted(cost=cost, rounding=policy).price == Decimal(price)


def test_no_rule_goes_below_the_floor_or_above_the_ceiling() -> None:
    bounds = margins(margin_floor=Decimal(5), margin_ceiling=Decimal(60))

    low = quoted(rule(markup_ratio=Decimal("1.01")), base_margins=bounds)
    high = quoted(rule(markup_ratio=Decimal(3)), base_margins=bounds)

    assert (low.price, high.price) == (Decimal("1050.00"), Decimal("1600.00"))
    assert (low.formula_price, high.formula_price) == (Decimal("1010.00"), Decimal("3000.00"))


def test_rounding_that_would_break_the_ceiling_is_left_out() -> None:
    bounds = margins(margin_ceiling=Decimal(15))

    assert quoted(cost="100.01", base_margins=bounds, rounding="charm").price == Decimal("115.01")


def test_a_floor_is_rounded_up_to_the_cent() -> None:
    bounds = margins(margin=Decimal(1), margin_floor=Decimal("33.33"))

    assert quoted(cost="0.01", base_margins=bounds).price == Decimal("0.02")


@pytest.mark.parametrize(
    "given", [{"fixed_fee": Decimal(-9000)}, {"fixed_fee": Decimal("9999999999.99")}]
)
def test_what_is_no_price_is_never_replaced_by_a_default(given: dict[str, Any]) -> None:
    with pytest.raises(Unpriceable):
        quoted(rule(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"markup_ratio": Decimal(2), "margin_modifier": Decimal(1)},
        {"markup_ratio": Decimal("1.00005")},
        {"price_min": Decimal(5), "price_below": Decimal(5)},
        {"stone_type": "natural", "lab_grown": True},
        {"shapes": []},
        {"rating": 11},
    ],
)
def test_a_rule_that_means_nothing_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rule(**given)


def test_half_a_cent_rounds_away_from_zero() -> None:
    assert round_cents(Decimal("0.005")) == Decimal("0.01")
    assert round_cents(Decimal("-0.005")) == Decimal("-0.01")
    assert round_cents(Decimal("2.674999")) == Decimal("2.67")
