"""The OpenAPI 3.1 document, made of what the endpoints declare; nothing in it is written twice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel

from http_api import callers, repeats
from http_api.endpoint import Contract, contract_of
from http_api.exchange import JSON
from http_api.openapi_schemas import PATH_KINDS, Json, Mode, Refs, components, parameters_of
from shared.purchases import links

VERSION = "2.0.0"
ABOUT = """Find, hold and buy certified diamonds; run the nightly ingest and its price rules.

Money is in US dollars with two decimals unless a currency is named. Lists are paged by opaque
cursors. A write may carry an `Idempotency-Key`: sent again under the same key it is answered alike
and done once. Every answer names its `X-Trace-Id`."""
SUPPLIERS = ("demo-feed/", "internal/")
"""What the app answers in a supplier's place; it is the supplier's contract."""
EVERYWHERE = (400, 413, 429, 500, 503)
AUTHENTICATED = (401, 403, 404)
WRITING = (409, 422)
SECURITY: Mapping[str, Json] = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "Issued by an administrator; its scopes say what it may do.",
    },
    "functionKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "The function app's own key, for operations.",
    },
}
ERROR: Json = {
    "type": "object",
    "required": ["code", "message", "traceId"],
    "properties": {
        "code": {"type": "string", "examples": ["VALIDATION_ERROR"]},
        "message": {"type": "string", "examples": ["Some of the request is not valid."]},
        "traceId": {"type": "string", "examples": ["0af7651916cd43dd8448eb211c80319c"]},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "hint": {"type": "string", "examples": ["Known parameters: color, cut, shape."]},
        "docs": {"type": "string", "format": "uri"},
    },
}
ERRORS: Json = {"type": "object", "required": ["error"], "properties": {"error": ERROR}}
FILE: Json = {"type": "string", "format": "binary"}
IDEMPOTENCY_KEY: Json = {
    "name": repeats.HEADER,
    "in": "header",
    "description": "The same key and request again is answered alike and done once.",
    "schema": {"type": "string", "pattern": f"^{repeats.KEY.pattern}$"},
}
ORDER_TOKEN: Json = {
    "name": callers.ORDER_TOKEN,
    "in": "header",
    "required": True,
    "description": "What follows the # in the link to an order's page; it takes a key's place.",
    "schema": {"type": "string", "pattern": f"^{links.TOKEN.pattern}$"},
}


@dataclass(frozen=True)
class Operation:
    """One HTTP function: where it is reached and what it promises."""

    name: str
    method: str
    route: str
    needs_function_key: bool
    contract: Contract

    @property
    def tag(self) -> str:
        """The module it lives in, in words."""
        return self.contract.handler.__module__.rpartition(".")[2].replace("_", " ")


def operations(app: df.DFApp) -> list[Operation]:
    """Every HTTP function of our own that declares what it promises, by path."""
    # app.get_functions() answers only once in an app's life, and that once is the host's.
    found = [_operation(builder._function) for builder in app._function_builders]  # noqa: SLF001
    ours = [one for one in found if one and not one.route.startswith(SUPPLIERS)]
    return sorted(ours, key=lambda one: (one.route, one.method))


def document(found: Iterable[Operation]) -> Json:
    """The whole document; its server is relative, so that it holds wherever the app runs."""
    listed = [*found]
    refs, schemas = components(_models(listed))
    paths: dict[str, Json] = {}
    for one in listed:
        paths.setdefault(f"/{one.route}", {})[one.method] = _described(one, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Diamond Opus", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "securitySchemes": {**SECURITY},
            "schemas": {**schemas, "Error": ERRORS},
            "responses": {_name(status): _refusal(status) for status in _statuses(listed)},
        },
    }


def _operation(function: Any) -> Operation | None:
    trigger = function.get_trigger()
    contract = contract_of(function.get_user_function())
    if contract is None:
        return None
    (method,) = trigger.methods
    return Operation(
        name=function.get_function_name(),
        method=str(getattr(method, "value", method)).lower(),
        route=trigger.route,
        needs_function_key=trigger.auth_level is not func.AuthLevel.ANONYMOUS,
        contract=contract,
    )


def _models(found: Iterable[Operation]) -> Iterator[tuple[type[BaseModel], Mode]]:
    for operation in found:
        if operation.contract.body:
            yield operation.contract.body, "validation"
        if operation.contract.answer:
            yield operation.contract.answer, "serialization"


def _described(operation: Operation, refs: Refs) -> Json:
    summary, _, more = (operation.contract.handler.__doc__ or "").partition("\n")
    told: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary.strip(),
        "description": "\n".join(line.strip() for line in more.strip().splitlines()),
        "parameters": [*_parameters(operation)],
        "responses": _responses(operation, refs),
        "security": [*_security(operation)],
    }
    if operation.contract.deprecated:
        told["deprecated"] = True
    if body := operation.contract.body:
        told["requestBody"] = {"content": {JSON: {"schema": refs[body, "validation"]}}}
    if file := operation.contract.file:
        told["requestBody"] = {"content": {file.media_type: {"schema": FILE}}}
    return {key: value for key, value in told.items() if value or key == "security"}


def _security(operation: Operation) -> Iterator[dict[str, list[str]]]:
    if operation.contract.scope:
        yield {"apiKey": []}
    if operation.needs_function_key:
        yield {"functionKey": []}


def _parameters(operation: Operation) -> Iterator[Json]:
    contract = operation.contract
    for name in _parts(operation.route):
        schema = PATH_KINDS[contract.path.get(name, UUID)]
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if contract.by_link:
        yield ORDER_TOKEN
    for name, required, schema in parameters_of(contract.query) if contract.query else ():
        shown = {"name": name, "in": "query", "required": required, "schema": schema}
        yield shown | ({"explode": False} if schema.get("type") == "array" else {})
    if operation.method != "get" and contract.scope:
        yield IDEMPOTENCY_KEY


def _parts(route: str) -> list[str]:
    """The names between braces."""
    return [part.partition("}")[0] for part in route.split("{")[1:]]


def _responses(operation: Operation, refs: Refs) -> Json:
    contract = operation.contract
    json = refs[contract.answer, "serialization"] if contract.answer else {}
    content = {kind: {"schema": json} if kind == JSON else {} for kind in contract.produces}
    good = {"description": HTTPStatus(contract.status).phrase, "content": content}
    refused = {
        str(status): {"$ref": f"#/components/responses/{_name(status)}"}
        for status in _refusals(operation)
    }
    bare = (*contract.also, 401) if operation.needs_function_key else contract.also
    own = {str(status): {"description": HTTPStatus(status).phrase} for status in bare}
    return {str(contract.status): good} | refused | own


def _refusals(operation: Operation) -> Iterator[int]:
    yield from EVERYWHERE
    if operation.contract.scope or operation.needs_function_key:
        yield from AUTHENTICATED
    if "{" in operation.route or operation.contract.by_link:
        yield 404
    if operation.method != "get":
        yield from WRITING


def _statuses(found: Iterable[Operation]) -> list[int]:
    return sorted({status for operation in found for status in _refusals(operation)})


def _refusal(status: int) -> Json:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": HTTPStatus(status).phrase, "content": {JSON: {"schema": schema}}}


def _name(status: int) -> str:
    """`413` becomes `RequestEntityTooLarge`."""
    return HTTPStatus(status).phrase.title().replace(" ", "")
