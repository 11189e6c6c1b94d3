"""GraphQL types made of the models that the REST answers are made of, so that both say the same."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    ValueNode,
)
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from http_api.diamond_query import DiamondSearch, SearchAsked

PAGING = frozenset({*SearchAsked.model_fields} - {"display_price_min", "display_price_max"})
"""What search takes besides filters."""


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError(f"{value!r} is not a number") from error
    if not number.is_finite():
        raise GraphQLError(f"{value!r} is not a number")
    return number


def _decimal_literal(node: ValueNode, _: Any = None) -> Decimal:
    return _decimal(getattr(node, "value", None))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _word_literal(node: ValueNode, _: Any = None) -> str:
    return _word(getattr(node, "value", ""))


DECIMAL = GraphQLScalarType(
    "Decimal",
    description="An exact number, as JSON writes it.",
    serialize=lambda value: value,
    parse_value=_decimal,
    parse_literal=_decimal_literal,
)
MOMENT = GraphQLScalarType(
    "DateTime", description="ISO 8601, in UTC.", serialize=lambda value: value
)
WORD = GraphQLScalarType(
    "Word",
    description="A text as people type it, or true, false or a number where that is meant.",
    parse_value=_word,
    parse_literal=_word_literal,
)
SCALARS: Mapping[Any, GraphQLScalarType] = {
    UUID: GraphQLID,
    Decimal: DECIMAL,
    bool: GraphQLBoolean,
    int: GraphQLInt,
    str: GraphQLString,
    datetime: MOMENT,
    date: MOMENT,
}


@cache
def object_of(model: type[BaseModel]) -> GraphQLObjectType:
    return GraphQLObjectType(
        model.__name__, lambda: fields_of(model), description=_first_line(model)
    )


def fields_of(model: type[BaseModel]) -> dict[str, GraphQLField]:
    return {
        to_camel(name): GraphQLField(output_of(field.annotation), resolve=_attribute(name))
        for name, field in model.model_fields.items()
    }


def output_of(hint: Any) -> Any:
    """Of `list[Card] | None`: a list of cards, or nothing."""
    inner, may_be_null = _without_none(hint)
    if get_origin(inner) is list:
        (item,) = get_args(inner)
        found: Any = GraphQLList(output_of(item))
    elif get_origin(inner) is Literal:
        found = GraphQLString
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        found = object_of(inner)
    else:
        found = SCALARS[inner]
    return found if may_be_null else GraphQLNonNull(found)


def filters() -> GraphQLInputObjectType:
    """The filters of search; lists are lists here."""
    return GraphQLInputObjectType("DiamondFilter", _filter_fields)


def as_parameters(where: Mapping[str, Any]) -> dict[str, Any]:
    """A filter as search's parameters."""
    names = {to_camel(name): name for name in DiamondSearch.model_fields}
    return {
        names[name]: ",".join(value) if isinstance(value, list) else value
        for name, value in where.items()
        if value is not None
    }


def _filter_fields() -> dict[str, GraphQLInputField]:
    return {
        to_camel(name): GraphQLInputField(
            _input_of(field.annotation), description=field.description
        )
        for name, field in DiamondSearch.model_fields.items()
        if name not in PAGING
    }


def _input_of(hint: Any) -> Any:
    inner, _ = _without_none(hint)
    if get_origin(inner) is list:
        return GraphQLList(GraphQLNonNull(WORD))
    return SCALARS[inner]


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    (inner,) = [part for part in get_args(hint) if part is not NoneType]
    return inner, True


def _attribute(name: str) -> Any:
    return lambda source, _: getattr(source, name)


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]
