"""Which rate holds now, or why none does; and fetching new ones."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from shared.currency import frankfurter, queries
from shared.currency.frankfurter import Quoted
from shared.currency.model import DOLLAR, Rate, dollar
from shared.platform import clock, db
from shared.platform.errors import Invalid, Unavailable
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("currency")


class RateUnavailable(Unavailable):
    """Better no amount than one at a rate of long ago."""

    code = "EXCHANGE_RATE_UNAVAILABLE"
    hint = "Ask without a currency for US dollars, or try again later."


class CurrencyUnknown(Invalid):
    def __init__(self, currency: str, known: Iterable[str]) -> None:
        super().__init__(
            "The currency is not known.",
            fields={"currency": f"no rate of {currency}"},
            hint=f"Known currencies: {', '.join(known)}.",
        )


def current(conn: Connection, currency: str) -> Rate:
    """The latest rate of a currency; refused if there is none, or it is too old to be used."""
    now = clock.now()
    if currency == DOLLAR:
        return dollar(now)
    rate = queries.current_rate(conn, quote=currency)
    if rate is None:
        raise _unknown(conn, currency)
    if rate.is_too_old(now, settings().currency.refuse_after_days):
        raise RateUnavailable(f"The last rate of {currency} is of {rate.rated_on}.")
    return rate


def is_stale(rate: Rate) -> bool:
    return rate.is_stale(clock.now(), settings().currency.stale_hours)


def refresh() -> int:
    """Fetch today's rates if it is time to; returns how many were kept."""
    now, config = clock.now(), settings().currency
    with db.transaction() as conn:
        last = queries.last_fetched(conn)
    if last and now - last < timedelta(minutes=config.refresh_minutes):
        return 0
    quoted = frankfurter.latest(config)
    source = f"frankfurter-v{config.api_version}"
    with db.transaction() as conn:
        known = {rate.quote: rate for rate in queries.list_current_rates(conn)}
        kept = [given for given in quoted if _credible(given, known.get(given.quote), now)]
        queries.upsert_rates(conn, quoted=kept, source=source, fetched_at=now)
    log.info("exchange rates fetched", kept=len(kept), not_believed=len(quoted) - len(kept))
    return len(kept)


def movement_believed(given: Quoted, known: Rate | None, now: datetime) -> bool:
    """A rate that jumps is a fault until the old one has become too old to be used."""
    config = settings().currency
    if known is None or known.is_too_old(now, config.refuse_after_days):
        return True
    return abs(given.rate / known.rate - 1) <= config.jump_limit


def _credible(given: Quoted, known: Rate | None, now: datetime) -> bool:
    tomorrow = (now + timedelta(days=1)).date()
    if given.date <= tomorrow and movement_believed(given, known, now):
        return True
    told: Mapping[str, Any] = {"rate": given.rate, "date": given.date}
    before = known.rate if known else None
    log.error("exchange rate not believed", currency=given.quote, before=before, **told)
    return False


def _unknown(conn: Connection, currency: str) -> Invalid | Unavailable:
    known = [rate.quote for rate in queries.list_current_rates(conn)]
    if not known:
        return RateUnavailable("No exchange rates have been fetched yet.")
    return CurrencyUnknown(currency, [DOLLAR, *known])
