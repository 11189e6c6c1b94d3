"""Pricing rules, the sets they come in, and what they make of a stone; money in US dollars."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from shared.diamonds import grading
from shared.diamonds.model import StoneType
from shared.rules.model import RuleRow

Rounding = Literal["none", "up", "charm"]
Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Carats = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
Points = Annotated[Decimal, Field(ge=-9999, le=9999, decimal_places=2)]
Percent = Annotated[Decimal, Field(gt=-100, le=9999, decimal_places=2)]

STONE_TYPES: tuple[StoneType, ...] = ("natural", "lab", "fancy")


class PricingRule(RuleRow):
    """Every criterion that is given must hold; brackets are half-open, [min, below).

    Gives either an absolute `markup_ratio` (1.15) or a `margin_modifier`, percentage points added
    to the base margin of the stone's type; and a fee on top.
    """

    EQUALS: ClassVar[Mapping[str, str]] = {
        "stone_type": "stone_type",
        "lab_grown": "lab_grown",
        "feed": "feed",
        "supplier_name": "supplier_name",
    }
    LISTS: ClassVar[Mapping[str, str]] = {"shapes": "shape"}
    RANGES: ClassVar[Mapping[str, str]] = {"price": "feed_price", "carat": "carats"}

    stone_type: StoneType | None = None
    feed: str | None = Field(default=None, min_length=1, max_length=100)
    supplier_name: str | None = Field(default=None, min_length=1, max_length=300)
    price_min: Dollars | None = None
    price_below: Dollars | None = None
    carat_min: Carats | None = None
    carat_below: Carats | None = None
    shapes: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=100)
    lab_grown: bool | None = None
    markup_ratio: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=4)] | None = None
    margin_modifier: Points | None = None
    fixed_fee: Annotated[Decimal, Field(max_digits=12, decimal_places=2)] = Decimal(0)
    rating: int | None = Field(default=None, ge=1, le=10)

    @field_validator("shapes", mode="after")
    @classmethod
    def as_the_trade_writes(cls, shapes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return shapes and tuple(dict.fromkeys(map(grading.name, shapes)))

    @model_validator(mode="after")
    def gives_one_markup(self) -> "PricingRule":
        if (self.markup_ratio is None) == (self.margin_modifier is None):
            raise ValueError("give either markup_ratio or margin_modifier, exactly one")
        if self.stone_type and self.lab_grown not in (None, self.stone_type == "lab"):
            raise ValueError("lab_grown contradicts stone_type")
        return self


class BaseMargin(BaseModel):
    """Percentages on cost: where no rule says otherwise, and the bounds no rule may cross."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stone_type: StoneType
    margin: Percent = Decimal(15)
    margin_floor: Percent | None = None
    margin_ceiling: Percent | None = None

    @model_validator(mode="after")
    def bounds_in_order(self) -> "BaseMargin":
        if self.margin_floor is not None and self.margin_ceiling is not None:  # noqa: SIM102
            if self.margin_ceiling < self.margin_floor:
                raise ValueError("margin_ceiling is below margin_floor")
        return self


BaseMargins = Mapping[StoneType, BaseMargin]


class PricingRules(BaseModel):
    """All that decides a price, as one immutable value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[PricingRule, ...] = Field(default=(), max_length=5_000)
    base_margins: tuple[BaseMargin, ...] = tuple(
        BaseMargin(stone_type=stone_type) for stone_type in STONE_TYPES
    )
    rounding: Rounding = "none"
    movement_limit: Annotated[Decimal, Field(gt=0, le=9999, decimal_places=2)] | None = None

    @model_validator(mode="after")
    def complete(self) -> "PricingRules":
        if sorted(base.stone_type for base in self.base_margins) != sorted(STONE_TYPES):
            raise ValueError(f"give one base margin for each of {', '.join(STONE_TYPES)}")
        if len({rule.id for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have the same id")
        return self

    def margin_of(self, stone_type: str) -> BaseMargin:
        return next(base for base in self.base_margins if base.stone_type == stone_type)

    def rule(self, rule_id: UUID | None) -> PricingRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)


@dataclass(frozen=True)
class Quote:
    """Our ask, and how it came about, step by step."""

    rule_id: UUID | None
    pricing_rating: int | None
    markup_ratio: Decimal
    fixed_fee: Decimal
    floor_price: Decimal | None
    ceiling_price: Decimal | None
    formula_price: Decimal
    """Cost times ratio plus fee, to the cent."""
    base_price: Decimal
    """Within floor and ceiling."""
    rule_price: Decimal
    """Rounded by the set's policy."""

    @property
    def price(self) -> Decimal:
        return self.rule_price


class Decided(BaseModel):
    """What `diamond_prices` says of one stone."""

    model_config = ConfigDict(frozen=True)

    diamond_id: UUID
    price_model_price: Decimal
    rule_price: Decimal
    base_price: Decimal
    cost: Decimal
    markup_ratio: Decimal
    fixed_fee: Decimal
    pricing_rule_id: UUID | None
    pricing_rating: int | None
    rating: int
    pricing_rule_set_version: int
    rating_rule_set_version: int | None
    rating_rule_id: UUID | None
    override_id: int | None
    mapper_version: int | None
    payload_hash: bytes | None
    priced_at: datetime


Json = dict[str, Any]
