"""Prices in another currency, always with the rate, its date and whether it is stale."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import BeforeValidator, Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from shared.access.model import Scope
from shared.currency import queries, service
from shared.currency.conversion import converted, minor_units
from shared.currency.model import Rate
from shared.platform import clock
from shared.platform.db import request_transaction
from shared.platform.settings import settings

bp = df.Blueprint()

Currency = Annotated[
    str,
    BeforeValidator(lambda spelled: str(spelled).strip().upper()),
    Field(pattern=r"^[A-Z]{3}$"),
]
"""An ISO 4217 code, in any case."""


class ExchangeRate(Answer):
    """One US dollar in `currency`; `stale` when the rate is older than it should be."""

    base: str
    currency: str
    rate: Decimal
    date: date
    source: str
    fetched_at: datetime
    stale: bool
    minor_units: int

    @classmethod
    def of(cls, rate: Rate) -> Self:
        return cls(
            base=rate.base,
            currency=rate.quote,
            rate=plain(rate.rate),
            date=rate.rated_on,
            source=rate.source,
            fetched_at=rate.fetched_at,
            stale=service.is_stale(rate),
            minor_units=minor_units(rate.quote),
        )


class ListedRate(ExchangeRate):
    """`usable` is false when the rate is too old to compute any amount with."""

    usable: bool


class ExchangeRates(Answer):
    data: list[ListedRate]


class Converting(Asked):
    """A part of what reading endpoints take; `rate` is None where nobody asked."""

    currency: Currency | None = None

    def rate(self, conn: Connection) -> Rate | None:
        return service.current(conn, self.currency) if self.currency else None


def shown_in(stone: Mapping[str, Any], rate: Rate | None) -> dict[str, Any]:
    """A stone with its dollars in the asked currency besides; each amount is rounded once."""
    if rate is None:
        return dict(stone)
    price, carats = stone["price"], stone["carats"]
    per_carat = converted(price, rate, per=carats) if carats else None
    amounts = {"display_price": converted(price, rate), "display_price_per_carat": per_carat}
    return {**stone, **amounts}


def told(rate: Rate | None) -> ExchangeRate | None:
    return ExchangeRate.of(rate) if rate else None


def plain(rate: Decimal) -> Decimal:
    """Without the zeros PostgreSQL pads it with."""
    return rate.normalize() if rate != rate.to_integral_value() else rate.quantize(Decimal(1))


@bp.route("v2/exchange-rates", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Converting)
def list_exchange_rates(call: Call[Converting]) -> ExchangeRates:
    """What a US dollar is worth, by currency: the rates that prices are shown at."""
    with request_transaction() as conn:
        one = call.asked.rate(conn)
        found = [one] if one else queries.list_current_rates(conn)
    return ExchangeRates(data=[_listed(rate) for rate in found])


def _listed(rate: Rate) -> ListedRate:
    too_old = rate.is_too_old(clock.now(), settings().currency.refuse_after_days)
    return ListedRate(**ExchangeRate.of(rate).model_dump(), usable=not too_old)
