"""What a list makes of a retail price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

CENT = Decimal("0.01")
WHOLE = 10_000
"""All of a price, in hundredths of a per cent."""


@dataclass(frozen=True)
class Terms:
    """So many hundredths of a per cent on the retail price, rounded to so many decimals."""

    points: int
    places: int

    def price(self, retail: Decimal) -> Decimal:
        """In US dollars, rounded once, half away from zero; `listed_price_v1` in SQL."""
        unit = Decimal(1).scaleb(-self.places)
        exact = retail * (WHOLE + self.points) / WHOLE
        return max(exact.quantize(unit, rounding=ROUND_HALF_UP), unit).quantize(CENT)

    @classmethod
    def kept(cls, points: int | None, places: int | None) -> "Terms | None":
        """As a row keeps them; None: the retail price."""
        return None if points is None or places is None else cls(points, places)

    @property
    def settings(self) -> Mapping[str, str]:
        """What `shown_price_v1` in SQL goes by."""
        return {"opus.price_points": str(self.points), "opus.price_places": str(self.places)}


class Standing(BaseModel):
    """What a list shows now, and since when; no points: it is not in force."""

    model_config = ConfigDict(frozen=True)

    points: int | None
    places: int | None
    since: datetime


class PriceList(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    points: int
    places: int
    valid_from: datetime
    valid_until: datetime | None
    changed_at: datetime
    changed_by: str
    keys: int
    """How many working keys see its prices."""
