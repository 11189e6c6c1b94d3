"""Amounts in other currencies: one rounding, the right smallest unit, bounds that agree."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.currency.conversion import (
    converted,
    dollars_at_least,
    dollars_at_most,
    in_minor_units,
)
from shared.currency.model import Rate, weekdays_between

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CENT = Decimal("0.01")

rates = st.decimals(min_value="0.0001", max_value="30000", places=6)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "KRW", "CAD"])
amounts = st.decimals(min_value="0", max_value="1000000", places=3)


def a_rate(quote: str, rate: str | Decimal) -> Rate:
    return Rate(
        quote=quote,
        rate=Decimal(rate),
        rated_on=date(2026, 11, 19),
        source="a test",
        fetched_at=NOW,
    )


@pytest.mark.parametrize(
    ("dollars", "quote", "rate", "amount"),
    [
        ("1000.00", "EUR", "0.86115", "861.15"),
        ("0.50", "EUR", "0.99", "0.50"),
        ("0.50", "EUR", "0.97", "0.49"),
        ("1.00", "EUR", "0.005", "0.01"),
        ("1234.56", "JPY", "156.07", "192678"),
        ("1.00", "KRW", "1468.5", "1469"),
        ("1234.56", "KWD", "0.30695", "378.948"),
    ],
)
def test_an_amount_is_rounded_once_to_the_currencys_smallest_unit(
    dollars: str, quote: str, rate: str, amount: str
) -> None:
    assert str(converted(Decimal(dollars), a_rate(quote, rate))) == amount


def test_a_price_per_carat_is_rounded_after_the_division_not_before_it() -> None:
    per_carat = converted(Decimal("200.00"), a_rate("KRW", "1500"), per=Decimal("0.33"))

    assert per_carat == 909_091  # 606.06 dollars a carat would be 909,090


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("12.34", "USD", 1234), ("1234", "JPY", 1234), ("1.234", "KWD", 1234), ("12.30", "EUR", 1230)],
)
def test_minor_units_are_what_payment_providers_count(
    amount: str, currency: str, units: int
) -> None:
    assert in_minor_units(Decimal(amount), currency) == units


def test_an_amount_finer_than_its_currency_has_no_minor_units() -> None:
    with pytest.raises(ValueError, match="not an amount in JPY"):
        in_minor_units(Decimal("10.5"), "JPY")


@given(amounts, currencies, rates)
def test_a_lower_bound_in_a_currency_takes_exactly_what_is_shown_as_that_or_more(
    amount: Decimal, quote: str, rate: Decimal
) -> None:
    asked = a_rate(quote, rate)

    lowest = dollars_at_least(amount, asked)

    assert converted(lowest, asked) >= amount
    assert lowest <= 0 or converted(lowest - CENT, asked) < amount


@given(amounts, currencies, rates)
def test_an_upper_bound_in_a_currency_takes_exactly_what_is_shown_as_that_or_less(
    amount: Decimal, quote: str, rate: Decimal
) -> None:
    asked = a_rate(quote, rate)

    highest = dollars_at_most(amount, asked)

    assert highest < 0 or converted(highest, asked) <= amount
    assert converted(highest + CENT, asked) > amount


@pytest.mark.parametrize(
    ("later", "weekdays"),
    [
        ("2026-11-20", 0),
        ("2026-11-21", 0),
        ("2026-11-23", 1),
        ("2026-11-25", 3),
        ("2026-12-04", 10),
    ],
)
def test_weekends_do_not_age_a_rate(later: str, weekdays: int) -> None:
    friday = date(2026, 11, 20)

    assert weekdays_between(friday, date.fromisoformat(later)) == weekdays


def test_a_rate_is_stale_after_two_weekdays_or_when_nobody_confirms_it() -> None:
    rate = a_rate("EUR", "0.86")  # of Thursday, fetched on Friday

    assert not rate.is_stale(NOW, 48)
    assert not rate.is_stale(datetime(2026, 11, 22, 11, tzinfo=UTC), 48)
    assert rate.is_stale(datetime(2026, 11, 22, 13, tzinfo=UTC), 48)
    confirmed = rate.model_copy(update={"fetched_at": datetime(2026, 11, 24, tzinfo=UTC)})
    assert confirmed.is_stale(datetime(2026, 11, 24, 1, tzinfo=UTC), 48)
