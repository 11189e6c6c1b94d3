"""Dollars into a currency with one rounding, and bounds in a currency back into dollars."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

from shared.currency.model import Rate

USUAL_PLACES = 2
PLACES = {
    **dict.fromkeys(
        (
            *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
            *("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""ISO 4217: the currencies whose smallest unit is not a hundredth."""


def minor_units(currency: str) -> int:
    """How many decimal places amounts of a currency have."""
    return PLACES.get(currency, USUAL_PLACES)


def converted(dollars: Decimal, rate: Rate, *, per: Decimal = Decimal(1)) -> Decimal:
    """An amount (of so many carats) in the rate's currency, rounded once, half away from zero."""
    return (dollars * rate.rate / per).quantize(_unit(rate.quote), rounding=ROUND_HALF_UP)


def in_minor_units(amount: Decimal, currency: str) -> int:
    """12.34 USD is 1234, 1234 JPY is 1234, 1.234 KWD is 1234; the amount must be exact."""
    scaled = amount.scaleb(minor_units(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} is not an amount in {currency}")
    return int(scaled)


def dollars_at_least(amount: Decimal, rate: Rate) -> Decimal:
    """The fewest cents that are shown as this amount of the rate's currency, or more."""
    unit = Fraction(_unit(rate.quote))
    lowest_shown = ceil(Fraction(amount) / unit) * unit
    cents = (lowest_shown - unit / 2) / Fraction(rate.rate) * 100
    return Decimal(max(ceil(cents), 0)).scaleb(-2)


def dollars_at_most(amount: Decimal, rate: Rate) -> Decimal:
    """The most cents that are shown as this amount of the rate's currency, or less."""
    unit = Fraction(_unit(rate.quote))
    highest_shown = floor(Fraction(amount) / unit) * unit
    cents = (highest_shown + unit / 2) / Fraction(rate.rate) * 100
    return Decimal(ceil(cents) - 1).scaleb(-2)


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_units(currency))
