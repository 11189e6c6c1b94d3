"""The schema, and answering questions by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)
from psycopg import Connection

from http_api import stone_views
from http_api.currency import ExchangeRate, told
from http_api.diamond_query import LONGEST_PAGE, DiamondSearch
from http_api.diamonds import Page, page_of, wanted_search
from http_api.graph_limits import MOST, Measure, TooExpensive
from http_api.graph_types import DECIMAL, as_parameters, fields_of, filters, object_of
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
from shared.currency import service as currency
from shared.currency.model import Rate
from shared.diamonds import frontier, market, neighbours, queries, search, stones
from shared.platform import exact_json
from shared.platform.db import request_transaction
from shared.platform.errors import Invalid, Refusal
from shared.platform.log import Log

log = Log("http_api.graph")

MOST_TOKENS = 2_000
MOST_ERRORS = 20
LONGEST_LIST = 50

Resolver = Callable[..., Any]


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


def execute(
    caller: ApiKey, query: str, variables: Mapping[str, Any], operation: str | None
) -> dict[str, Any]:
    """Data, errors and cost, as GraphQL over HTTP has them."""
    try:
        document, cost = _accepted(query, variables, operation)
    except GraphQLError as error:
        return _answer(None, [error], 0)
    except _Faulty as faulty:
        return _answer(None, faulty.errors, 0)
    with request_transaction() as conn:
        result = execute_sync(
            schema(),
            document,
            context_value=Asking(caller, conn),
            variable_values=dict(variables),
            operation_name=operation,
        )
    return _answer(result.data, result.errors or [], cost)


class _Faulty(Exception):
    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


def _accepted(
    query: str, variables: Mapping[str, Any], operation: str | None
) -> tuple[DocumentNode, int]:
    """Parsed, valid by the schema, and within what a question may cost."""
    document = parse(query, max_tokens=MOST_TOKENS)
    if faults := validate(schema(), document, max_errors=MOST_ERRORS):
        raise _Faulty(faults)
    asked = get_operation_ast(document, operation)
    if not isinstance(asked, OperationDefinitionNode):
        raise GraphQLError("Say which operation of the document is asked.")
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    return document, Measure(fragments, variables).of(asked)


def _answer(data: Any, errors: list[GraphQLError], cost: int) -> dict[str, Any]:
    told_errors = [_told(error) for error in errors] or None
    return {"data": data, "errors": told_errors, "extensions": {"cost": cost, "mostCost": MOST}}


def _told(error: GraphQLError) -> dict[str, Any]:
    cause = error.original_error
    said = dict(error.formatted)
    if isinstance(cause, Refusal):
        said["extensions"] = {"code": cause.code, "fields": getattr(cause, "fields", {})}
    elif cause is None or isinstance(cause, GraphQLError):
        code = "TOO_EXPENSIVE" if isinstance(error, TooExpensive) else "VALIDATION_ERROR"
        said["extensions"] = {"code": code}
    else:
        log.error("graph question failed", cause=cause)
        said["message"] = "Something went wrong on our side; it has been logged."
        said["extensions"] = {"code": "INTERNAL_ERROR"}
    return said


@cache
def schema() -> GraphQLSchema:
    diamond = GraphQLObjectType("Diamond", lambda: _diamond_fields())  # noqa: PLW0108 - later
    page = GraphQLObjectType(
        "DiamondPage",
        {
            "nodes": GraphQLField(_list_of(diamond), resolve=lambda page, _: page["nodes"]),
            "page": GraphQLField(
                GraphQLNonNull(object_of(Page)), resolve=lambda page, _: page["page"]
            ),
            "exchangeRate": GraphQLField(
                object_of(ExchangeRate), resolve=lambda page, _: page["rate"]
            ),
        },
    )
    return GraphQLSchema(GraphQLObjectType("Query", _questions(diamond, page)))


def _questions(diamond: GraphQLObjectType, page: GraphQLObjectType) -> dict[str, GraphQLField]:
    money = {"currency": GraphQLArgument(GraphQLString)}
    text = GraphQLArgument(GraphQLString)
    needed = GraphQLArgument(GraphQLNonNull(GraphQLString))
    return {
        "diamond": GraphQLField(
            diamond, {"id": GraphQLArgument(GraphQLNonNull(GraphQLID)), **money}, _diamond
        ),
        "diamonds": GraphQLField(
            GraphQLNonNull(page),
            {
                "where": GraphQLArgument(filters()),
                "sortBy": text,
                "sortOrder": text,
                "first": GraphQLArgument(GraphQLInt, default_value=20),
                "after": GraphQLArgument(GraphQLString, description="either cursor of a page"),
                **money,
            },
            _diamonds,
        ),
        "certificate": GraphQLField(
            _list_of(diamond), {"lab": needed, "number": needed, **money}, _certificate
        ),
        "marketIndex": GraphQLField(
            _list_of(object_of(Kind)), {"shape": text, "stoneType": text}, _market_index
        ),
        "exchangeRate": GraphQLField(
            GraphQLNonNull(object_of(ExchangeRate)), {"currency": needed}, _exchange_rate
        ),
    }


def _diamond_fields() -> dict[str, GraphQLField]:
    first = {"first": GraphQLArgument(GraphQLInt, default_value=10)}
    budget = {"budgetPct": GraphQLArgument(DECIMAL, description="25 by default")}
    plain = {
        name: GraphQLField(field.type, resolve=_of_view(field.resolve))
        for name, field in fields_of(stone_views.Stone).items()
    }
    return plain | {
        "similar": GraphQLField(_list_of(object_of(SimilarStone)), first, _similar),
        "pairs": GraphQLField(_list_of(object_of(Card)), first, _pairs),
        "dealScore": GraphQLField(object_of(Deal), resolve=_deal),
        "priceHistory": GraphQLField(_list_of(object_of(PriceStep)), first, _price_history),
        "frontier": GraphQLField(_list_of(object_of(FrontierOffer)), budget, _frontier),
    }


def _list_of(kind: GraphQLObjectType) -> Any:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _of_view(resolve: Any) -> Resolver:
    return lambda shown, info: resolve(shown.view, info)


def _shown(stone: stones.Stone, rate: Rate | None) -> Shown:
    return Shown(stone, rate, stone_views.whole(stone, rate))


def _rate(conn: Connection, code: str | None) -> Rate | None:
    return currency.current(conn, code.strip().upper()) if code else None


def _length(first: int, most: int = LONGEST_LIST) -> int:
    if not 1 <= first <= most:
        raise Invalid("Some of the request is not valid.", fields={"first": f"from 1 to {most}"})
    return first


def _diamond(_: Any, info: Any, id: str, currency: str | None = None) -> Shown:
    conn = info.context.conn
    try:
        wanted = UUID(id)
    except ValueError as error:
        raise Invalid("Some of the request is not valid.", fields={"id": "not a UUID"}) from error
    return _shown(stones.get(conn, wanted), _rate(conn, currency))


def _diamonds(_: Any, info: Any, first: int, **given: Any) -> dict[str, Any]:
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


def _certificate(
    _: Any, info: Any, lab: str, number: str, currency: str | None = None
) -> list[Shown]:
    conn = info.context.conn
    rate = _rate(conn, currency)
    return [_shown(stone, rate) for stone in stones.with_certificate(conn, lab, number)]


def _market_index(
    _: Any,
    info: Any,
    shape: str | None = None,
    stoneType: str | None = None,  # noqa: N803 - its name
) -> list[Kind]:
    found = market.latest(info.context.conn, shape=shape and shape.upper(), stone_type=stoneType)
    return [Kind.model_validate(kind) for kind in found]


def _exchange_rate(_: Any, info: Any, currency: str) -> ExchangeRate | None:
    return told(_rate(info.context.conn, currency))


def _similar(shown: Shown, info: Any, first: int) -> list[SimilarStone]:
    found = neighbours.similar(info.context.conn, shown.stone, limit=_length(first))
    return [similar_card(other, shown.rate) for other in found]


def _pairs(shown: Shown, info: Any, first: int) -> list[Card]:
    found = neighbours.pairs(info.context.conn, shown.stone, limit=_length(first))
    return [stone_views.card(other, shown.rate) for other in found]


def _deal(shown: Shown, info: Any) -> Deal | None:
    found = neighbours.deal(info.context.conn, shown.stone)
    return Deal.model_validate(found) if found else None


def _price_history(shown: Shown, info: Any, first: int) -> list[PriceStep]:
    found = stones.price_history(info.context.conn, shown.stone["id"], limit=_length(first))
    return [PriceStep.model_validate(step) for step in found]


def _frontier(
    shown: Shown,
    info: Any,
    budgetPct: Decimal = Decimal(25),  # noqa: N803 - its name
) -> list[FrontierOffer]:
    if not 0 < budgetPct <= 100:  # noqa: PLR2004 - per cent
        fault = {"budgetPct": "above 0, up to 100"}
        raise Invalid("Some of the request is not valid.", fields=fault)
    found = frontier.frontier(info.context.conn, shown.stone, budget_pct=budgetPct)
    return [offered(offer, other, shown.rate) for offer, other in found]
