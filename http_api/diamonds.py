"""The public catalogue: search and one stone."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import BeforeValidator, Field, model_validator

from http_api.currency import Converting, ExchangeRate, shown_in, told
from http_api.endpoint import Answer, Call, endpoint
from shared.access.model import Scope
from shared.diamonds import grading, search
from shared.diamonds.sorting import Order, SortBy, decoded
from shared.platform.db import request_transaction

bp = df.Blueprint()

LONGEST_LIST = 50


def _words(spelled: Any) -> list[str]:
    words = str(spelled).split(",")
    return [word for word in map(str.strip, words) if word]


def _listed(normal: Any) -> BeforeValidator:
    return BeforeValidator(lambda spelled: [normal(word) for word in _words(spelled)])


Names = Annotated[list[str], _listed(grading.name), Field(min_length=1, max_length=LONGEST_LIST)]
Codes = Annotated[list[str], _listed(grading.code), Field(min_length=1, max_length=LONGEST_LIST)]
Carats = Annotated[Decimal, Field(ge=0, le=10_000)]
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000_000)]


class DiamondSearch(Converting):
    """Lists take several values, separated by commas; bounds are inclusive; money is in USD."""

    shape: Names | None = None
    color: Names | None = None
    clarity: Codes | None = None
    cut: Codes | None = None
    lab_grown: bool | None = None
    carat_min: Carats | None = None
    carat_max: Carats | None = None
    price_min: Dollars | None = None
    price_max: Dollars | None = None
    sort_by: SortBy = "price"
    sort_order: Order = "asc"
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def bounds_in_order(self) -> "DiamondSearch":
        for name in ("carat", "price"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{name}_min is greater than {name}_max")
        return self


class Diamond(Answer):
    """What the public sees of a stone: never cost, markup or supplier; money in USD."""

    id: UUID
    shape: str
    carats: Decimal | None
    color: str | None
    clarity: str | None
    cut: str | None
    polish: str | None
    symmetry: str | None
    fluorescence_intensity: str | None
    fluorescence_color: str | None
    fancy_color: str | None
    fancy_intensity: str | None
    fancy_overtone: str | None
    lab_grown: bool
    treated: bool
    availability: str
    price: Decimal
    price_per_carat: Decimal | None
    rating: int
    certificate_lab: str | None
    certificate_number: str | None
    certificate_url: str | None
    image_url: str | None
    video_url: str | None
    length_mm: Decimal | None
    width_mm: Decimal | None
    depth_mm: Decimal | None
    depth_pct: Decimal | None
    table_pct: Decimal | None
    ratio: Decimal | None
    created_at: datetime
    updated_at: datetime
    display_price: Decimal | None = None
    """In the currency of the answer's exchange rate; `price` stays in USD."""
    display_price_per_carat: Decimal | None = None


class Page(Answer):
    limit: int
    total: int
    has_more: bool
    next_cursor: str | None


class Diamonds(Answer):
    data: list[Diamond]
    pagination: Page
    exchange_rate: ExchangeRate | None


class OneDiamond(Answer):
    data: Diamond
    exchange_rate: ExchangeRate | None


@bp.route("v2/diamonds", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=DiamondSearch)
def search_diamonds(call: Call[DiamondSearch]) -> Diamonds:
    """Stones on sale, filtered and sorted."""
    asked = call.asked
    after = decoded(asked.cursor, asked.sort_by, asked.sort_order) if asked.cursor else None
    given = asked.model_dump(include=set(search.FILTERS), exclude_none=True)
    wanted = search.Search(given, asked.sort_by, asked.sort_order, asked.limit, after)
    with request_transaction() as conn:
        rate = asked.rate(conn)
        found = search.search(conn, wanted)
    page = Page(
        limit=asked.limit,
        total=found.total,
        has_more=found.next_cursor is not None,
        next_cursor=found.next_cursor,
    )
    stones = [Diamond.model_validate(shown_in(row, rate)) for row in found.stones]
    return Diamonds(data=stones, pagination=page, exchange_rate=told(rate))


@bp.route("v2/diamonds/{diamond_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Converting)
def get_diamond(call: Call[Converting]) -> OneDiamond:
    """One stone, on sale or on hold."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        stone = shown_in(search.get(conn, call.id("diamond_id")), rate)
    return OneDiamond(data=Diamond.model_validate(stone), exchange_rate=told(rate))
