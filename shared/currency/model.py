"""An exchange rate, and whether it may still be used."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

DOLLAR = "USD"
STALE_WEEKDAYS = 2
"""Markets rest on weekends: Friday's rate is still fresh on Monday."""


class Rate(BaseModel):
    """One US dollar in another currency."""

    model_config = ConfigDict(frozen=True)

    base: str = DOLLAR
    quote: str
    rate: Decimal
    rated_on: date
    source: str
    fetched_at: datetime

    def is_stale(self, now: datetime, stale_hours: int) -> bool:
        """More than two weekdays old, or unconfirmed for too long: to be shown with a flag."""
        unconfirmed = now - self.fetched_at > timedelta(hours=stale_hours)
        return unconfirmed or weekdays_between(self.rated_on, _day(now)) > STALE_WEEKDAYS

    def is_too_old(self, now: datetime, days: int) -> bool:
        """To be refused rather than shown."""
        return _day(now) - self.rated_on > timedelta(days=days)


def dollar(now: datetime) -> Rate:
    """A dollar is a dollar."""
    return Rate(quote=DOLLAR, rate=Decimal(1), rated_on=_day(now), source="-", fetched_at=now)


def weekdays_between(earlier: date, later: date) -> int:
    """Mondays to Fridays after the one day, up to and with the other."""
    weeks, rest = divmod(max((later - earlier).days, 0), 7)
    odd_days = (earlier + timedelta(days=n) for n in range(1, rest + 1))
    return weeks * 5 + sum(day.weekday() < 5 for day in odd_days)  # noqa: PLR2004 - Saturday


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
