"""Pricing: the first rule that applies, one rounding at the end."""

from decimal import Decimal
from uuid import UUID

import pytest

from shared.platform.money import from_cents, round_cents
from shared.pricing.engine import quote
from shared.pricing.model import BaseMargins, Priced, PricingRule

MARGINS: BaseMargins = {"natural": Decimal(15), "lab": Decimal(15), "fancy": Decimal(15)}
STONE = Priced(
    feed="demo",
    stone_type="natural",
    shape="ROUND",
    carats=Decimal("1.00"),
    lab_grown=False,
    cost=Decimal("1000.00"),
)


def rule(number: int, **given: object) -> PricingRule:
    return PricingRule(**({"id": UUID(int=number), "priority": 100} | given))  # type: ignore[arg-type]


def test_no_rule_means_the_base_margin() -> None:
    assert quote(STONE, [], MARGINS).price == Decimal("1150.00")


def test_the_documented_example_comes_out_to_the_cent() -> None:
    priced = quote(
        Priced(**(STONE.__dict__ | {"cost": from_cents(100_000)})),
        [rule(1, markup_ratio=Decimal("1.25"))],
        MARGINS,
    )

    assert priced.price == from_cents(125_000)


def test_the_lowest_priority_number_wins_and_the_id_breaks_ties() -> None:
    first = rule(7, priority=10, markup_ratio=Decimal("1.5"))
    tied = rule(9, priority=10, markup_ratio=Decimal(2))
    late = rule(1, priority=20, markup_ratio=Decimal(3))

    assert quote(STONE, [late, tied, first], MARGINS).rule_id == first.id


def test_a_modifier_adds_points_to_the_base_margin() -> None:
    priced = quote(STONE, [rule(1, margin_modifier=Decimal("-2.5"))], MARGINS)

    assert (priced.price, priced.markup_ratio) == (Decimal("1125.00"), Decimal("1.125"))


@pytest.mark.parametrize(
    ("criteria", "matches"),
    [
        ({"stone_type": "natural"}, True),
        ({"stone_type": "lab"}, False),
        ({"feed": "other"}, False),
        ({"lab_grown": True}, False),
        ({"shapes": ("OVAL", "ROUND")}, True),
        ({"shapes": ("OVAL",)}, False),
        ({"price_min": Decimal(1000)}, True),
        ({"price_below": Decimal(1000)}, False),
        ({"carat_min": Decimal("1.01")}, False),
        ({"carat_below": Decimal("1.01")}, True),
    ],
)
def test_every_criterion_given_must_hold(criteria: dict[str, object], *, matches: bool) -> None:
    matched = rule(1, markup_ratio=Decimal(2), **criteria)

    assert (quote(STONE, [matched], MARGINS).rule_id == matched.id) is matches


def test_half_a_cent_rounds_away_from_zero() -> None:
    assert round_cents(Decimal("0.005")) == Decimal("0.01")
    assert round_cents(Decimal("-0.005")) == Decimal("-0.01")
    assert round_cents(Decimal("2.674999")) == Decimal("2.67")
