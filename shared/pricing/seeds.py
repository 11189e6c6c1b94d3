"""Rule sets to start from: the documented default, the documented examples, and graded brackets."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from shared.diamonds.model import StoneType
from shared.pricing.model import STONE_TYPES, BaseMargin, PricingRule, PricingRules

RULES = UUID("0d0a4f0e-3b1c-5a57-9c55-5d4f3c2b1a00")

BRACKETS = (
    ("0", 6),
    ("500", 6),
    ("1000", 3),
    ("3000", 0),
    ("6000", -4),
    ("10000", -9),
    ("20000", -14),
)
"""Where each bracket of cost begins, in US dollars, and its points on the base margin."""
FIRST_PRIORITY: dict[StoneType, int] = {"natural": 10, "lab": 20, "fancy": 30}
BASE: dict[StoneType, Decimal] = {"natural": Decimal(40), "lab": Decimal(79), "fancy": Decimal(40)}


def _rule(seed: str, **given: Any) -> PricingRule:
    return PricingRule(id=uuid5(RULES, f"{seed}/{given['name']}"), **given)


def _catch_all(seed: str) -> PricingRule:
    return _rule(seed, name="default", priority=1000, markup_ratio=Decimal("1.15"), rating=5)


def _default() -> PricingRules:
    return PricingRules(rules=(_catch_all("default"),), movement_limit=Decimal(50))


def _examples() -> PricingRules:
    rules = (
        _rule(
            "examples",
            name="large natural rounds",
            priority=10,
            shapes=("ROUND",),
            carat_min=Decimal(3),
            lab_grown=False,
            markup_ratio=Decimal("1.30"),
            rating=9,
        ),
        _rule(
            "examples",
            name="large lab-grown",
            priority=15,
            carat_min=Decimal(3),
            lab_grown=True,
            markup_ratio=Decimal("1.25"),
            rating=7,
        ),
        _rule(
            "examples",
            name="lab-grown",
            priority=20,
            lab_grown=True,
            markup_ratio=Decimal("1.10"),
            rating=6,
        ),
        _rule(
            "examples",
            name="preferred supplier",
            priority=30,
            supplier_name="preferred-supplier",
            markup_ratio=Decimal("1.12"),
        ),
        _rule(
            "examples",
            name="small stones",
            priority=50,
            carat_below=Decimal("0.51"),
            markup_ratio=Decimal("1.08"),
            rating=4,
        ),
        _catch_all("examples"),
    )
    return PricingRules(rules=rules, movement_limit=Decimal(50))


def _brackets() -> PricingRules:
    ends = [*(Decimal(low) for low, _ in BRACKETS[1:]), None]
    rules = tuple(
        _rule(
            "brackets",
            name=f"{stone_type} from {low}",
            priority=FIRST_PRIORITY[stone_type] + place,
            stone_type=stone_type,
            price_min=Decimal(low),
            price_below=ends[place],
            margin_modifier=Decimal(points),
        )
        for stone_type in STONE_TYPES
        for place, (low, points) in enumerate(BRACKETS)
    )
    margins = tuple(BaseMargin(stone_type=kind, margin=BASE[kind]) for kind in STONE_TYPES)
    return PricingRules(rules=rules, base_margins=margins, movement_limit=Decimal(50))


SEEDS = {"default": _default, "examples": _examples, "brackets": _brackets}
