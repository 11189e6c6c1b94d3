"""Frankfurter: central banks' daily reference rates, in either version of its API."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.currency.model import DOLLAR
from shared.platform import exact_json
from shared.platform.errors import Terminal
from shared.platform.http import patiently, translated
from shared.platform.setting_groups import Currency

PARTNER = "Frankfurter"
ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 2.0

Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Positive = Annotated[Decimal, Field(gt=0, lt=10**9, allow_inf_nan=False)]


class RatesUnreadable(Terminal):
    """What came is no list of rates of the dollar."""


class Quoted(BaseModel):
    """One US dollar in another currency, on the day the source names."""

    model_config = ConfigDict(frozen=True)

    quote: Code
    rate: Positive
    date: date


class _V1(BaseModel):
    base: Literal["USD"]
    date: date
    rates: dict[Code, Positive]


class _V2Row(Quoted):
    base: Literal["USD"]


_V2 = TypeAdapter(list[_V2Row])


def latest(config: Currency) -> list[Quoted]:
    """Today's rates of the dollar, as far as there are any."""
    path, params, read = _VERSIONS[config.api_version]
    for attempt in patiently(attempts=ATTEMPTS, longest_wait=LONGEST_WAIT_SECONDS):
        with attempt:
            answer = _asked(config, path, params)
    try:
        found = read(exact_json.loads(answer.content))
    except (exact_json.NotJson, ValidationError) as error:
        raise RatesUnreadable(f"{PARTNER} sent no rates of the dollar: {error}"[:300]) from error
    if not found:
        raise RatesUnreadable(f"{PARTNER} sent an empty list")
    return found


def _asked(config: Currency, path: str, params: Mapping[str, str]) -> httpx.Response:
    with translated(PARTNER):
        url = f"{config.frankfurter_url.rstrip('/')}{path}"
        return httpx.get(url, params=params, timeout=config.timeout_seconds).raise_for_status()


def _v1(content: Any) -> list[Quoted]:
    sheet = _V1.model_validate(content)
    rates = sheet.rates.items()
    return [Quoted(quote=code, rate=rate, date=sheet.date) for code, rate in rates]


def _v2(content: Any) -> list[Quoted]:
    """Without the row that says a dollar is a dollar."""
    return [row for row in _V2.validate_python(content) if row.quote != DOLLAR]


_VERSIONS: Mapping[int, tuple[str, Mapping[str, str], Callable[[Any], list[Quoted]]]] = {
    1: ("/v1/latest", {"base": DOLLAR}, _v1),
    2: ("/v2/rates", {"base": DOLLAR}, _v2),
}
