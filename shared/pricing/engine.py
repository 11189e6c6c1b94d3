"""The pure pricing decision; sql/queries/consolidation.sql takes the same one for millions."""

from collections.abc import Iterable
from decimal import Decimal

from shared.platform.money import round_cents
from shared.pricing.model import BaseMargins, Priced, PricingRule, Quote


def quote(stone: Priced, rules: Iterable[PricingRule], margins: BaseMargins) -> Quote:
    """Price a stone by the first rule, in order of (priority, id), that applies to it."""
    ordered = sorted(rules, key=lambda rule: (rule.priority, rule.id))
    rule = next((rule for rule in ordered if applies(rule, stone)), None)
    ratio = _ratio(rule, margins[stone.stone_type])
    return Quote(round_cents(stone.cost * ratio), ratio, rule.id if rule else None)


def applies(rule: PricingRule, stone: Priced) -> bool:
    return (
        rule.stone_type in (None, stone.stone_type)
        and rule.feed in (None, stone.feed)
        and rule.lab_grown in (None, stone.lab_grown)
        and (rule.shapes is None or stone.shape in rule.shapes)
        and _within(stone.cost, rule.price_min, rule.price_below)
        and _within(stone.carats, rule.carat_min, rule.carat_below)
    )


def _within(value: Decimal | None, low: Decimal | None, below: Decimal | None) -> bool:
    """An unknown value is in no bracket."""
    if value is None:
        return low is None and below is None
    return (low is None or value >= low) and (below is None or value < below)


def _ratio(rule: PricingRule | None, margin: Decimal) -> Decimal:
    if rule is not None and rule.markup_ratio is not None:
        return rule.markup_ratio
    modifier = rule.margin_modifier if rule else None
    return 1 + (margin + (modifier or 0)) / 100
