"""Nivoda's schema, answered: parsed, validated and executed by graphql-core."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLSyntaxError,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from local.partners.nivoda.payloads import Item
from local.partners.nivoda.projection import compiled, project
from local.partners.nivoda.shelf import Kind, Wanted
from local.partners.nivoda.supplier import LARGEST_PAGE, Refused, Supplier

SDL = Path(__file__).parent / "schema.graphql"
HIGHEST = 2**31 - 1
MICROSECONDS = 1_000_000

Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True)
class Caller:
    """Who asks: with a bearer token, or inside `as(token:)`."""

    supplier: Supplier
    bearer: str | None


@dataclass(frozen=True)
class Root:
    """The query or mutation itself, or the one inside `as`."""

    token: str | None


@cache
def public_schema() -> GraphQLSchema:
    """What callers see, and are held to."""
    return build_schema(SDL.read_text(encoding="utf-8"))


@cache
def document(text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """A parsed and validated request, or what is wrong with it."""
    try:
        parsed = parse(text)
    except GraphQLSyntaxError as error:
        return None, [error]
    faults = validate(public_schema(), parsed)
    return parsed, faults


def execute(caller: Caller, parsed: DocumentNode, variables: dict[str, Any]) -> ExecutionResult:
    return execute_sync(
        _schema(), parsed, Root(caller.bearer), context_value=caller, variable_values=variables
    )


def kind_asked_for(variables: dict[str, Any]) -> Kind | None:
    """Which of the two inventories a request is about, if it searches at all."""
    for value in variables.values():
        if isinstance(value, dict) and "labgrown" in value:
            return "labgrown" if value["labgrown"] else "natural"
    return None


@cache
def _schema() -> GraphQLSchema:
    """The public schema with answers; listings are written by plan, hence scalars here."""
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    listings = _fields(schema, "DiamondList")["items"]
    listings.type, listings.resolve = GraphQLScalarType("Listings"), _items
    for name, resolve in {"as": _as, "authenticate": _authenticate, **SEARCHES}.items():
        _fields(schema, "Query")[name].resolve = resolve
    for name, resolve in {"as": _as, **ORDERS}.items():
        _fields(schema, "Mutation")[name].resolve = resolve
    _fields(schema, "Authenticate")["username_and_password"].resolve = _login
    return schema


def _fields(schema: GraphQLSchema, name: str) -> Any:
    of_type = schema.type_map[name]
    if not isinstance(of_type, GraphQLObjectType):
        raise TypeError(f"{name} has no fields")
    return of_type.fields


def _as(root: Root, info: Info, token: str | None = None) -> Root:
    _check(info.context.supplier, token)
    return Root(token)


def _authenticate(root: Root, info: Info) -> Root:
    return root


def _login(root: Root, info: Info, username: str, password: str, **_: Any) -> dict[str, Any]:
    supplier: Supplier = info.context.supplier
    token = supplier.sessions.login(username, password, supplier.knobs.token_seconds)
    if token is None:
        raise GraphQLError("Invalid credentials", extensions={"code": "UNAUTHENTICATED"})
    user = {"id": username, "role": "CUSTOMER", "locations": [], "holds_count": 0}
    return {"token": token, "expires": supplier.knobs.token_seconds, "user": user}


def _count(root: Root, info: Info, query: Any = None, **_: Any) -> int:
    supplier = _supplier(root, info)
    kind, wanted = _wanted(query or {})
    return supplier.shelf(kind).count(wanted)


def _search(
    root: Root,
    info: Info,
    query: Any = None,
    offset: int = 0,
    limit: int = LARGEST_PAGE,
    **_: Any,
) -> dict[str, Any]:
    supplier = _supplier(root, info)
    if limit > LARGEST_PAGE and supplier.knobs.limit_is_error:
        raise GraphQLError(f"limit must not be above {LARGEST_PAGE}")
    kind, wanted = _wanted(query or {})
    items = list(supplier.page(kind, wanted, offset, min(limit, LARGEST_PAGE)))
    return {"items": items, "total_count": len(items)}


def _items(page: dict[str, Any], info: Info) -> list[Item]:
    """What was asked of every listing; and, while the schema drifts, something nobody asked for."""
    selections = info.field_nodes[0].selection_set
    plan = compiled(selections, info.fragments) if selections else ()
    written = [project(plan, item) for item in page["items"]]
    if info.context.supplier.knobs.drift:
        return [item | {"sparkle": {"score": 97, "by": "a machine"}} for item in written]
    return written


def _one(root: Root, info: Info, diamond_id: str) -> Any:
    return _told(lambda: _supplier(root, info).item(diamond_id))


def _hold(root: Root, info: Info, **asked: Any) -> Any:
    return _told(lambda: _supplier(root, info).hold(asked["ProductId"]))


def _cancel(root: Root, info: Info, hold_id: str) -> Any:
    return _told(lambda: _supplier(root, info).cancel_hold(hold_id))


def _order(root: Root, info: Info, items: list[dict[str, Any]]) -> Any:
    return _told(lambda: _supplier(root, info).order(items))


SEARCHES: dict[str, Any] = {
    "diamonds_by_query": _search,
    "diamonds_by_query_count": _count,
    "get_diamond_by_id": _one,
}
ORDERS: dict[str, Any] = {"create_hold": _hold, "cancel_hold": _cancel, "create_order": _order}


def _supplier(root: Root, info: Info) -> Supplier:
    supplier: Supplier = info.context.supplier
    _check(supplier, root.token)
    return supplier


def _check(supplier: Supplier, token: str | None) -> None:
    fault = supplier.sessions.fault(token) if token else "Unauthenticated"
    if fault:
        raise GraphQLError(fault, extensions={"code": "UNAUTHENTICATED"})


def _wanted(query: dict[str, Any]) -> tuple[Kind, Wanted]:
    """The rest of the query is the assortment, which every stone here belongs to."""
    prices, since = query.get("dollar_per_carat") or {}, (query.get("updated") or {}).get("from")
    updated = int(datetime.fromisoformat(since).timestamp() * MICROSECONDS) if since else None
    kind: Kind = "labgrown" if query.get("labgrown") else "natural"
    return kind, Wanted(prices.get("from", 0), prices.get("to", HIGHEST), updated)


def _told(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except Refused as refused:
        raise GraphQLError(str(refused)) from refused
