"""The pure pricing decision; price_by_rule_v1 in the database takes the same one for millions."""

from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from typing import cast

from shared.diamonds.model import StoneType
from shared.platform.money import CENT, round_cents
from shared.pricing.model import BaseMargin, PricingRule, PricingRules, Quote, Rounding
from shared.rules.model import Facts, candidates, first_match

DOLLAR = Decimal(1)
HIGHEST = Decimal("9999999999.99")
DIGITS = 50
"""Products of twelve-digit money stay exact."""


class Unpriceable(Exception):
    """The rules make no price of a stone; it is quarantined, never sold at a guess."""


class PricingEngine:
    """A set of rules as it stands at one moment."""

    def __init__(self, rules: PricingRules, at: datetime) -> None:
        self._rules = {rule.id: rule for rule in rules.rules}
        self._margins = {base.stone_type: base for base in rules.base_margins}
        self._rounding = rules.rounding
        self.tried = candidates(rules.rules, at)

    def quote(self, facts: Facts) -> Quote:
        """Price a stone by the first rule, in order of (priority, id), that applies to it."""
        cost, stone_type = facts["feed_price"], cast("StoneType", facts["stone_type"])
        if not isinstance(cost, Decimal):
            raise Unpriceable("the stone has no cost")
        matched = first_match(self.tried, facts)
        rule = self._rules[matched] if matched else None
        with localcontext(prec=DIGITS):
            made = priced(cost, rule, self._margins[stone_type], self._rounding)
        if not 0 < made.price <= HIGHEST:
            raise Unpriceable(f"{made.price} is no price")
        return made


def priced(cost: Decimal, rule: PricingRule | None, base: BaseMargin, rounding: Rounding) -> Quote:
    """Apply a rule, or the base margin alone."""
    ratio, fee = ratio_of(rule, base), rule.fixed_fee if rule else Decimal(0)
    lowest = _bound(cost, base.margin_floor, ROUND_CEILING)
    highest = _bound(cost, base.margin_ceiling, ROUND_FLOOR)
    formula = round_cents(cost * ratio + fee)
    bounded = _bounded(formula, lowest, highest)
    return Quote(
        rule_id=rule.id if rule else None,
        pricing_rating=rule.rating if rule else None,
        markup_ratio=ratio,
        fixed_fee=fee,
        floor_price=lowest,
        ceiling_price=highest,
        formula_price=formula,
        base_price=bounded,
        rule_price=_rounded(bounded, highest, rounding),
    )


def ratio_of(rule: PricingRule | None, base: BaseMargin) -> Decimal:
    if rule is not None and rule.markup_ratio is not None:
        return rule.markup_ratio
    modifier = rule.margin_modifier if rule else None
    return 1 + (base.margin + (modifier or 0)) / 100


def _bound(cost: Decimal, margin: Decimal | None, rounding: str) -> Decimal | None:
    """A floor is rounded up to the cent and a ceiling down, so neither is crossed by rounding."""
    if margin is None:
        return None
    return (cost * (100 + margin) / 100).quantize(CENT, rounding=rounding)


def _bounded(price: Decimal, lowest: Decimal | None, highest: Decimal | None) -> Decimal:
    """The floor has the last word."""
    if highest is not None:
        price = min(price, highest)
    return price if lowest is None else max(price, lowest)


def _rounded(price: Decimal, highest: Decimal | None, rounding: Rounding) -> Decimal:
    """Never down, so never below the floor; not at all where it would break the ceiling."""
    match rounding:
        case "up":
            rounded = price.quantize(DOLLAR, rounding=ROUND_CEILING).quantize(CENT)
        case "charm":
            rounded = (price + CENT).quantize(DOLLAR, rounding=ROUND_CEILING) - CENT
        case _:
            rounded = price
    return price if highest is not None and rounded > highest else rounded
