"""What may be asked: stones, the market and rates, and what a stone leads to."""

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from http_api import graph_resolvers as resolve
from http_api import stone_views
from http_api.currency import ExchangeRate
from http_api.diamonds import Page
from http_api.graph_types import DECIMAL, fields_of, filters, object_of
from http_api.market import Kind
from http_api.stone import Deal, FrontierOffer, PriceStep, SimilarStone
from http_api.stone_views import Card


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
            diamond, {"id": GraphQLArgument(GraphQLNonNull(GraphQLID)), **money}, resolve.diamond
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
            resolve.diamonds,
        ),
        "certificate": GraphQLField(
            _list_of(diamond), {"lab": needed, "number": needed, **money}, resolve.certificate
        ),
        "marketIndex": GraphQLField(
            _list_of(object_of(Kind)), {"shape": text, "stoneType": text}, resolve.market_index
        ),
        "exchangeRate": GraphQLField(
            GraphQLNonNull(object_of(ExchangeRate)), {"currency": needed}, resolve.exchange_rate
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
        "similar": GraphQLField(_list_of(object_of(SimilarStone)), first, resolve.similar),
        "pairs": GraphQLField(_list_of(object_of(Card)), first, resolve.pairs),
        "dealScore": GraphQLField(object_of(Deal), resolve=resolve.deal),
        "priceHistory": GraphQLField(_list_of(object_of(PriceStep)), first, resolve.price_history),
        "frontier": GraphQLField(_list_of(object_of(FrontierOffer)), budget, resolve.frontier),
    }


def _list_of(kind: GraphQLObjectType) -> Any:
    return GraphQLNonNull(GraphQLList(GraphQLNonNull(kind)))


def _of_view(field: Any) -> Callable[..., Any]:
    return lambda shown, info: field(shown.view, info)
