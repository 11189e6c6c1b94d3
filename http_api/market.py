"""What kinds of stones cost per carat, day by day."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import BeforeValidator, Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from shared.access.model import Scope
from shared.diamonds import grading, market
from shared.platform.db import request_transaction

bp = df.Blueprint()

StoneType = Literal["natural", "lab", "fancy"]
Shape = Annotated[str, BeforeValidator(lambda word: grading.name(str(word))), Field(max_length=50)]


class MarketIndex(Asked):
    shape: Shape | None = None
    stone_type: StoneType | None = None


class MarketHistory(Asked):
    shape: Shape
    stone_type: StoneType = "natural"
    carats: Annotated[Decimal, Field(gt=0, lt=10_000)]
    """Any weight of the band."""
    days: int = Field(default=90, ge=1, le=1_000)


class Kind(Answer):
    """Prices per carat in USD of one shape, type and weight band (from `carats_from`)."""

    shape: str
    stone_type: StoneType
    carats_from: Decimal
    stones: int
    median: Decimal
    lower_quartile: Decimal
    upper_quartile: Decimal
    change_pct: Decimal | None
    """Of the median, since the day before."""
    change_of_30_days_pct: Decimal | None
    taken_at: datetime


class MarketDay(Answer):
    taken_on: date
    stones: int
    median: Decimal
    lower_quartile: Decimal
    upper_quartile: Decimal


class Kinds(Answer):
    data: list[Kind]


class MarketDays(Answer):
    data: list[MarketDay]


@bp.route("v2/market-index", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=MarketIndex)
def get_market_index(call: Call[MarketIndex]) -> Kinds:
    """Every kind of stone on the last day taken; all of one moment."""
    with request_transaction() as conn:
        found = market.latest(conn, shape=call.asked.shape, stone_type=call.asked.stone_type)
    return Kinds(data=[Kind.model_validate(kind) for kind in found])


@bp.route("v2/market-index/history", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=MarketHistory)
def get_market_history(call: Call[MarketHistory]) -> MarketDays:
    """One kind of stone by the day, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = market.history(
            conn,
            shape=asked.shape,
            stone_type=asked.stone_type,
            carats=asked.carats,
            days=asked.days,
        )
    return MarketDays(data=[MarketDay.model_validate(day) for day in found])
