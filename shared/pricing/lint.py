"""Brackets where a dearer stone would sell for less: what no other lint of rules can see."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.pricing.engine import PricingEngine, Unpriceable
from shared.pricing.model import STONE_TYPES, PricingRules, Quote
from shared.rules.lint import STEP, Suspicion, lint


def suspicions(rules: PricingRules, at: datetime) -> list[Suspicion]:
    engine = PricingEngine(rules, at)
    return lint(engine.tried)


def steps_down(rules: PricingRules, at: datetime) -> Iterator[dict[str, Any]]:
    """Every edge of a price bracket at which one cent more of cost lowers the price."""
    engine = PricingEngine(rules, at)
    edges = sorted(
        {edge for rule in rules.rules for edge in (rule.price_min, rule.price_below) if edge}
    )
    shapes = {shape for rule in rules.rules for shape in rule.shapes or ()} or {"ROUND"}
    for stone_type in STONE_TYPES:
        for shape in sorted(shapes):
            stone = {"stone_type": stone_type, "shape": shape, "lab_grown": stone_type == "lab"}
            yield from _along(engine, stone, edges)


def _along(
    engine: PricingEngine, stone: dict[str, Any], edges: list[Decimal]
) -> Iterator[dict[str, Any]]:
    for edge in edges:
        below, above = (_quote(engine, stone, cost) for cost in (edge - STEP, edge))
        if below and above and above.price < below.price:
            yield {
                **stone,
                "cost": edge,
                "price_below": below.price,
                "price_at": above.price,
                "rule_below": below.rule_id,
                "rule_at": above.rule_id,
            }


def _quote(engine: PricingEngine, stone: dict[str, Any], cost: Decimal) -> Quote | None:
    try:
        return (
            engine.quote(stone | {"feed_price": cost, "carats": Decimal(1)}) if cost > 0 else None
        )
    except Unpriceable:
        return None
