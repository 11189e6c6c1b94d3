"""The current second version: rows of several central banks' blended rates."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.partners.frankfurter.answers import Fault, Rates, codes, day_of, named
from local.partners.frankfurter.rates import CURRENCIES, working_day, working_days

PARAMETERS = frozenset(("base", "quotes", "providers", "date", "from", "to", "group", "expand"))
PROVIDERS = ("BOC", "ECB", "FED")
LONGEST_RANGE = timedelta(days=5 * 366)


def rates(request: Request, known: Rates) -> Any:
    """Rows of one day or of every working day of a range, the base's own among them."""
    given = request.query_params
    if unknown := set(given) - PARAMETERS:
        raise Fault(422, f"unknown parameter: {min(unknown)}")
    base = given.get("base", "EUR").upper()
    if base not in CURRENCIES:
        raise Fault(422, f"invalid base: {base}")
    quotes = codes(given.get("quotes"), CURRENCIES)
    if given.get("quotes") and not quotes:
        raise Fault(422, "invalid quotes")
    days = _days(request, known.today)
    return [row for day in days for row in _rows(known, base, quotes, day)]


def rate(request: Request, known: Rates) -> Any:
    base, quote = request.path_params["base"].upper(), request.path_params["quote"].upper()
    if not {base, quote} <= set(CURRENCIES):
        raise Fault(404, "not found")
    asked = request.query_params.get("date")
    day = working_day(day_of(asked) if asked else known.today)
    (row,) = [row for row in _rows(known, base, [quote], day) if row["quote"] == quote]
    return row


def currencies(request: Request, known: Rates) -> Any:  # noqa: ARG001 - as the others
    return [_described(code) for code in named(CURRENCIES)]


def currency(request: Request, known: Rates) -> Any:  # noqa: ARG001 - as the others
    code = request.path_params["code"].upper()
    if code not in CURRENCIES:
        raise Fault(404, "not found")
    return _described(code)


def providers(request: Request, known: Rates) -> Any:  # noqa: ARG001 - as the others
    return [{"key": key} for key in PROVIDERS]


def refused(fault: Fault) -> Response:
    return JSONResponse({"status": fault.status, "message": fault.message}, fault.status)


ROUTES = (
    ("/v2/rates", rates),
    ("/v2/rate/{base}/{quote}", rate),
    ("/v2/currencies", currencies),
    ("/v2/currency/{code}", currency),
    ("/v2/providers", providers),
)


def _days(request: Request, today: date) -> list[date]:
    given = request.query_params
    if "from" not in given:
        return [working_day(day_of(given["date"]) if "date" in given else today)]
    first, last = day_of(given["from"]), day_of(given["to"]) if "to" in given else today
    if given.keys() & {"providers", "expand"} and last - first > LONGEST_RANGE:
        raise Fault(422, "range is limited to 5 years")
    return working_days(first, last)


def _rows(known: Rates, base: str, quotes: list[str], day: date) -> list[dict[str, Any]]:
    found = known.of(base, quotes, day) | {base: Decimal("1.0")}
    return [
        {"date": day, "base": base, "quote": quote, "rate": found[quote]} for quote in sorted(found)
    ]


def _described(code: str) -> dict[str, str]:
    return {"iso_code": code, "name": CURRENCIES[code][0]}
