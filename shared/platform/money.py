"""US dollars as Decimal with two places; never a float."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def round_cents(amount: Decimal) -> Decimal:
    """Round to the cent, half away from zero, exactly as PostgreSQL's round(numeric, 2) does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def from_cents(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
