"""The frozen first version: the European Central Bank's currencies, rates in a map."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.partners.frankfurter.answers import Fault, Rates, codes, day_of, named
from local.partners.frankfurter.rates import CURRENCIES, working_day, working_days

KNOWN = frozenset(code for code, (_, _, first) in CURRENCIES.items() if first)


def latest(request: Request, rates: Rates) -> Any:
    return _sheet(request, rates, rates.today)


def historical(request: Request, rates: Rates) -> Any:
    """`2026-11-19`, `2026-11-01..2026-11-19` or `2026-11-01..`."""
    first, dots, last = request.path_params["days"].partition("..")
    if not dots:
        return _sheet(request, rates, min(day_of(first), rates.today))
    return _range(request, rates, day_of(first), day_of(last) if last else rates.today)


def currencies(request: Request, rates: Rates) -> Any:  # noqa: ARG001 - as the others
    return named(KNOWN)


def refused(fault: Fault) -> Response:
    return JSONResponse({"message": fault.message}, fault.status)


ROUTES = (
    ("/v1/latest", latest),
    ("/v1/current", latest),
    ("/v1/currencies", currencies),
    ("/v1/{days}", historical),
)


def _sheet(request: Request, rates: Rates, wanted: date) -> Any:
    base, quotes, amount = _asked(request)
    day = working_day(wanted)
    of_day = rates.of(base, quotes, day)
    return {"amount": amount, "base": base, "date": day, "rates": _times(of_day, amount)}


def _range(request: Request, rates: Rates, first: date, last: date) -> Any:
    base, quotes, amount = _asked(request)
    days = working_days(first, last)
    if not days:
        raise Fault(404, "not found")
    sheets = {day.isoformat(): _times(rates.of(base, quotes, day), amount) for day in days}
    ends = {"start_date": days[0], "end_date": days[-1]}
    return {"amount": amount, "base": base, **ends, "rates": sheets}


def _asked(request: Request) -> tuple[str, list[str], Decimal]:
    given = request.query_params
    base = (given.get("base") or given.get("from") or "EUR").upper()
    quotes = codes(given.get("symbols") or given.get("to"), KNOWN)
    if base not in KNOWN or not set(quotes) - {base}:
        raise Fault(422, "bad currency pair")
    return base, quotes, _amount(given.get("amount", "1.0"))


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise Fault(422, "invalid amount") from error
    if not amount.is_finite() or amount <= 0:
        raise Fault(422, "invalid amount")
    return amount


def _times(of_day: dict[str, Decimal], amount: Decimal) -> dict[str, Decimal]:
    return {quote: rate if amount == 1 else rate * amount for quote, rate in of_day.items()}
