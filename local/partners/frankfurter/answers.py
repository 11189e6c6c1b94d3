"""What both versions share: rates of a day, dates as they are asked for, cache headers."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.partners.frankfurter import rates
from local.partners.frankfurter.rates import CURRENCIES
from shared.platform import exact_json

JSON = "application/json; charset=utf-8"


class Fault(Exception):
    """What the partner answers instead of rates."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Rates:
    today: date
    factor: Mapping[str, Decimal]

    def of(self, base: str, quotes: Iterable[str], day: date) -> dict[str, Decimal]:
        return {
            quote: rates.rate(base, quote, day) * self.factor.get(quote, Decimal(1))
            for quote in quotes
            if quote != base
        }


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Fault(422, "invalid date") from error


def codes(text: str | None, known: Iterable[str]) -> list[str]:
    """A comma list, or all of them."""
    everything = sorted(known)
    if text is None:
        return everything
    asked = [code.strip().upper() for code in text.split(",") if code.strip()]
    return sorted(code for code in asked if code in everything)


def named(known: Iterable[str]) -> dict[str, str]:
    return {code: CURRENCIES[code][0] for code in sorted(known)}


def fresh(request: Request, content: Any) -> Response:
    """With the ETag and the cache time of the real one; 304 for who has it."""
    body = exact_json.dumps(content)
    tag = f'W/"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400"}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)
