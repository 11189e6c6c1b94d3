"""What answers each part of a question, from the same functions as the other endpoints."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection

from http_api import stone_views
from http_api.currency import ExchangeRate, told
from http_api.diamond_query import LONGEST_PAGE, DiamondSearch
from http_api.diamonds import page_of, wanted_search
from http_api.graph_types import as_parameters
from http_api.market import Kind
from http_api.parsing import parsed
from http_api.stone import (
    Deal,
    FrontierOffer,
    PriceStep,
    SimilarStone,
    offered,
    similar_card,
)
from http_api.stone_views import Card
from shared.access.model import ApiKey
from shared.currency import service as rates
from shared.currency.model import Rate
from shared.diamonds import frontier as trade_offs
from shared.diamonds import market, neighbours, queries, search, stones
from shared.platform import exact_json
from shared.platform.errors import Invalid

LONGEST_LIST = 50


@dataclass(frozen=True)
class Asking:
    """Who asks one question, and its connection; passed to every resolver."""

    caller: ApiKey
    conn: Connection


@dataclass(frozen=True)
class Shown:
    """A stone, and the rate its amounts are shown at."""

    stone: stones.Stone
    rate: Rate | None
    view: stone_views.Stone


def _shown(stone: stones.Stone, rate: Rate | None) -> Shown:
    return Shown(stone, rate, stone_views.whole(stone, rate))


def _rate(conn: Connection, code: str | None) -> Rate | None:
    return rates.current(conn, code.strip().upper()) if code else None


def _length(first: int, most: int = LONGEST_LIST) -> int:
    if not 1 <= first <= most:
        raise Invalid("Some of the request is not valid.", fields={"first": f"from 1 to {most}"})
    return first


def diamond(_: Any, info: Any, id: str, currency: str | None = None) -> Shown:
    conn = info.context.conn
    try:
        wanted = UUID(id)
    except ValueError as error:
        raise Invalid("Some of the request is not valid.", fields={"id": "not a UUID"}) from error
    return _shown(stones.get(conn, wanted), _rate(conn, currency))


def diamonds(_: Any, info: Any, first: int, **given: Any) -> dict[str, Any]:
    conn = info.context.conn
    names = {"sortBy": "sort_by", "sortOrder": "sort_order", "after": "cursor"}
    where = as_parameters(given.pop("where", None) or {})
    plain = {names.get(name, name): value for name, value in given.items() if value is not None}
    asked = parsed(
        DiamondSearch, {**where, **plain, "limit": _length(first, LONGEST_PAGE)}, "field"
    )
    rate = asked.rate(conn)
    version = queries.current_version(conn).version
    found = search.search(
        conn, wanted_search(info.context.caller, asked, ["id"], rate), version=version
    )
    ids = [UUID(exact_json.loads(text)["id"]) for text in found.stones]
    nodes = [_shown(stone, rate) for stone in stones.several(conn, ids)]
    return {"nodes": nodes, "page": page_of(found, first), "rate": told(rate)}


def certificate(
    _: Any, info: Any, lab: str, number: str, currency: str | None = None
) -> list[Shown]:
    conn = info.context.conn
    rate = _rate(conn, currency)
    return [_shown(stone, rate) for stone in stones.with_certificate(conn, lab, number)]


def market_index(
    _: Any,
    info: Any,
    shape: str | None = None,
    stoneType: str | None = None,  # noqa: N803 - its name
) -> list[Kind]:
    found = market.latest(info.context.conn, shape=shape and shape.upper(), stone_type=stoneType)
    return [Kind.model_validate(kind) for kind in found]


def exchange_rate(_: Any, info: Any, currency: str) -> ExchangeRate | None:
    return told(_rate(info.context.conn, currency))


def similar(shown: Shown, info: Any, first: int) -> list[SimilarStone]:
    found = neighbours.similar(info.context.conn, shown.stone, limit=_length(first))
    return [similar_card(other, shown.rate) for other in found]


def pairs(shown: Shown, info: Any, first: int) -> list[Card]:
    found = neighbours.pairs(info.context.conn, shown.stone, limit=_length(first))
    return [stone_views.card(other, shown.rate) for other in found]


def deal(shown: Shown, info: Any) -> Deal | None:
    found = neighbours.deal(info.context.conn, shown.stone)
    return Deal.model_validate(found) if found else None


def price_history(shown: Shown, info: Any, first: int) -> list[PriceStep]:
    found = stones.price_history(info.context.conn, shown.stone["id"], limit=_length(first))
    return [PriceStep.model_validate(step) for step in found]


def frontier(
    shown: Shown,
    info: Any,
    budgetPct: Decimal = Decimal(25),  # noqa: N803 - its name
) -> list[FrontierOffer]:
    if not 0 < budgetPct <= 100:  # noqa: PLR2004 - per cent
        fault = {"budgetPct": "above 0, up to 100"}
        raise Invalid("Some of the request is not valid.", fields=fault)
    found = trade_offs.frontier(info.context.conn, shown.stone, budget_pct=budgetPct)
    return [offered(offer, other, shown.rate) for offer, other in found]
