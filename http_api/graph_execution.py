"""Answering questions by the schema: parsed, valid, affordable, in one transaction."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from http_api.graph_limits import MOST, Measure, TooExpensive
from http_api.graph_resolvers import Asking
from http_api.graph_schema import schema
from shared.access.model import ApiKey
from shared.platform.db import request_transaction
from shared.platform.errors import Refusal
from shared.platform.log import Log

log = Log("http_api.graph")

MOST_TOKENS = 2_000
MOST_ERRORS = 20


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
