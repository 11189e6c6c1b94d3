from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.diamonds.model import StoneType


@dataclass(frozen=True)
class Priced:
    """What a rule looks at: cost in US dollars."""

    feed: str
    stone_type: StoneType
    shape: str
    carats: Decimal | None
    lab_grown: bool
    cost: Decimal


@dataclass(frozen=True)
class PricingRule:
    """Every criterion that is given must hold; brackets are half-open, [min, below).

    Gives either an absolute `markup_ratio` (1.15) or a `margin_modifier`, percentage points added
    to the base margin of the stone's type.
    """

    id: UUID
    priority: int
    stone_type: StoneType | None = None
    feed: str | None = None
    price_min: Decimal | None = None
    price_below: Decimal | None = None
    carat_min: Decimal | None = None
    carat_below: Decimal | None = None
    shapes: tuple[str, ...] | None = None
    lab_grown: bool | None = None
    markup_ratio: Decimal | None = None
    margin_modifier: Decimal | None = None
    rating: int | None = None


@dataclass(frozen=True)
class Quote:
    """Our ask in US dollars, and why."""

    price: Decimal
    markup_ratio: Decimal
    rule_id: UUID | None


BaseMargins = Mapping[StoneType, Decimal]
