"""What to do about a stone, from what its supplier says of it."""

from decimal import Decimal

import pytest

from shared.diamonds.model import Availability
from shared.feeds.model import Offer
from shared.holds.judging import Adopt, Ask, Bounds, Judgement, PriceHasMoved, Taken, judge

COST = Decimal("1000.00")
BOUNDS = Bounds.around(COST, Decimal("0.01"))


def offer(
    price: str = "1000.00", availability: Availability = "available", hold_id: str | None = None
) -> Offer:
    return Offer("S-1", "O-1", availability, Decimal(price), hold_id)


@pytest.mark.parametrize(
    ("found", "asked", "judgement"),
    [
        (offer(), False, Ask("O-1")),
        (offer("1010.00"), False, Ask("O-1")),
        (offer("990.00"), False, Ask("O-1")),
        (offer("1030.00"), False, PriceHasMoved(Decimal("1030.00"))),
        (offer("970.00"), False, PriceHasMoved(Decimal("970.00"))),
        (None, False, Taken("unavailable")),
        (offer(availability="sold"), False, Taken("sold")),
        (offer(availability="on_hold", hold_id="H-1"), False, Taken("on_hold")),
        (offer(availability="on_hold", hold_id="H-1"), True, Adopt("H-1")),
        (offer("1030.00", availability="on_hold", hold_id="H-1"), True, Adopt("H-1")),
        (offer(), True, Ask("O-1")),
    ],
)
def test_a_stone_is_held_only_at_its_price_and_while_it_is_there(
    found: Offer | None,
    asked: bool,  # noqa: FBT001 - a figure of the case
    judgement: Judgement,
) -> None:
    assert judge(found, BOUNDS, asked=asked, ours_elsewhere=False) == judgement


def test_a_hold_that_is_another_one_of_ours_is_not_taken_for_this_one() -> None:
    found = offer(availability="on_hold", hold_id="H-1")

    assert judge(found, BOUNDS, asked=True, ours_elsewhere=True) == Taken("on_hold")


def test_a_promised_price_stands_while_it_leaves_the_lowest_margin() -> None:
    bounds = Bounds.below(Decimal("1150.00"), Decimal(10))

    assert judge(offer("1045.45"), bounds, asked=False, ours_elsewhere=False) == Ask("O-1")
    assert isinstance(
        judge(offer("1045.46"), bounds, asked=False, ours_elsewhere=False), PriceHasMoved
    )
