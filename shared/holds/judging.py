"""What to do about a stone from what its supplier says of it at this moment; pure."""

from dataclasses import dataclass
from decimal import Decimal

from shared.diamonds.model import Availability
from shared.feeds.model import Offer


@dataclass(frozen=True)
class Adopt:
    """The hold we asked for lies there: the reply was lost, not the hold."""

    supplier_hold_id: str


@dataclass(frozen=True)
class Ask:
    """It is there and costs what we think: have it held."""

    offer_id: str


@dataclass(frozen=True)
class PriceHasMoved:
    cost: Decimal


@dataclass(frozen=True)
class Taken:
    """Not to be had from this supplier."""

    availability: Availability


Judgement = Adopt | Ask | PriceHasMoved | Taken


@dataclass(frozen=True)
class Bounds:
    """The supplier's asks at which our price still stands."""

    lowest: Decimal
    highest: Decimal

    @classmethod
    def around(cls, cost: Decimal, tolerance: Decimal) -> "Bounds":
        return cls(cost * (1 - tolerance), cost * (1 + tolerance))

    @classmethod
    def below(cls, price: Decimal, margin_floor: Decimal) -> "Bounds":
        """A promised price stands while it leaves the lowest margin, in points on cost."""
        return cls(Decimal(0), price / (1 + margin_floor / 100))


def judge(offer: Offer | None, bounds: Bounds, *, asked: bool, ours_elsewhere: bool) -> Judgement:
    """Decide about a stone as it is now.

    `asked`: a hold was asked for and no answer is known; `ours_elsewhere`: the hold that lies on
    the stone is known to be another one of ours.
    """
    if offer is None:
        return Taken("unavailable")
    if asked and offer.hold_id and not ours_elsewhere:
        return Adopt(offer.hold_id)
    if offer.availability != "available":
        return Taken(offer.availability)
    if not bounds.lowest <= offer.price <= bounds.highest:
        return PriceHasMoved(offer.price)
    return Ask(offer.offer_id)
