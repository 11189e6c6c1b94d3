"""Invented reference rates that move a little from day to day, the same for the same day."""

from datetime import date, timedelta
from decimal import Decimal

CARRIED_FORWARD = 14
"""Days: a date without data is answered with an earlier one's."""
DIGITS = 5
WEEKEND = 5

# Per euro, the base of both APIs when none is asked for; (name, rate, known to the first version).
CURRENCIES: dict[str, tuple[str, str, bool]] = {
    "AED": ("United Arab Emirates Dirham", "4.2650", False),
    "AUD": ("Australian Dollar", "1.7790", True),
    "BHD": ("Bahraini Dinar", "0.43780", False),
    "BRL": ("Brazilian Real", "6.2210", True),
    "CAD": ("Canadian Dollar", "1.6237", True),
    "CHF": ("Swiss Franc", "0.93120", True),
    "CNY": ("Chinese Renminbi Yuan", "8.2530", True),
    "CZK": ("Czech Koruna", "24.186", True),
    "DKK": ("Danish Krone", "7.4689", True),
    "EUR": ("Euro", "1", True),
    "GBP": ("British Pound", "0.88130", True),
    "HKD": ("Hong Kong Dollar", "9.0360", True),
    "HUF": ("Hungarian Forint", "382.15", True),
    "IDR": ("Indonesian Rupiah", "19420", True),
    "ILS": ("Israeli New Shekel", "3.7720", True),
    "INR": ("Indian Rupee", "103.12", True),
    "ISK": ("Icelandic Króna", "146.60", True),
    "JPY": ("Japanese Yen", "181.25", True),
    "KRW": ("South Korean Won", "1705.4", True),
    "KWD": ("Kuwaiti Dinar", "0.35650", False),
    "MXN": ("Mexican Peso", "21.344", True),
    "MYR": ("Malaysian Ringgit", "4.7980", True),
    "NOK": ("Norwegian Krone", "11.782", True),
    "NZD": ("New Zealand Dollar", "2.0710", True),
    "PHP": ("Philippine Peso", "68.290", True),
    "PLN": ("Polish Złoty", "4.2340", True),
    "RON": ("Romanian Leu", "5.0850", True),
    "SEK": ("Swedish Krona", "11.014", True),
    "SGD": ("Singapore Dollar", "1.5090", True),
    "THB": ("Thai Baht", "37.610", True),
    "TRY": ("Turkish Lira", "49.260", True),
    "USD": ("United States Dollar", "1.1613", True),
    "ZAR": ("South African Rand", "19.980", True),
}


def working_day(wanted: date) -> date:
    """The last day, up to this one, on which there were rates."""
    while wanted.weekday() >= WEEKEND:
        wanted -= timedelta(days=1)
    return wanted


def working_days(start: date, end: date) -> list[date]:
    days = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in days if day.weekday() < WEEKEND]


def rate(base: str, quote: str, day: date) -> Decimal:
    """With five digits, as central banks print them."""
    exact = _per_euro(quote, day) / _per_euro(base, day)
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - DIGITS + 1))


def _per_euro(currency: str, day: date) -> Decimal:
    usual = Decimal(CURRENCIES[currency][1])
    if currency == "EUR":
        return usual
    drift = (day.toordinal() * 7 + sum(map(ord, currency))) % 41 - 20  # within 0.5 %
    return usual * (1 + Decimal(drift) / 4_000)
