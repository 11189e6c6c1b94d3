"""The catalogue by GraphQL: read-only, within limits of depth and cost.

The library is loaded by the first question, so that nobody else waits for it.
"""

from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, endpoint
from shared.access.model import Scope

bp = df.Blueprint()


class GraphQuestion(Asked):
    """As GraphQL over HTTP says: one document, which operation of it, and its variables."""

    query: str = Field(min_length=1, max_length=20_000)
    operationName: str | None = Field(default=None, max_length=200)  # noqa: N815 - GraphQL's name
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class GraphAnswer(Answer):
    """`extensions.cost` says what the question cost of what one may."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None
    extensions: dict[str, Any]


@bp.route("v2/graphql", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, body=GraphQuestion, reads=True)
def ask_graph(call: Call[GraphQuestion]) -> GraphAnswer:
    """Stones and what stands beside them in one question; ask it for its schema."""
    from http_api import graph_execution  # noqa: PLC0415 - slow to load, and rarely asked

    asked = call.asked
    told = graph_execution.execute(
        call.caller, asked.query, asked.variables or {}, asked.operationName
    )
    return GraphAnswer.model_validate(told)
