"""One egress to Nivoda: the app's other instances ask here when NIVODA_PROXY_BASE_URL says so."""

import hmac
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api import parsing
from http_api.endpoint import Asked, Call, Nothing, endpoint
from http_api.exchange import JSON
from shared.feeds.model import FeedUnreachable
from shared.feeds.nivoda.client import PROXY_KEY_HEADER
from shared.feeds.nivoda.operations import NAMES, operation_of
from shared.feeds.nivoda.proxy import forward
from shared.platform.errors import Invalid, NotAuthenticated, NotFound, Refusal
from shared.platform.setting_groups import Nivoda
from shared.platform.settings import settings

bp = df.Blueprint()

PASSED_ON = ("Retry-After",)


class ProxyNotConfigured(NotFound):
    hint = "Set NIVODA_ENDPOINT and NIVODA_PROXY_TOKEN."


class NoAnswer(Refusal):
    status = 502
    code = "BAD_GATEWAY"


class GraphQLRequest(Asked):
    query: str = Field(max_length=100_000)
    variables: dict[str, Any] = Field(default_factory=dict)


@bp.route("internal/nivoda/graphql", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=None)
def nivoda_graphql(call: Call[Nothing]) -> func.HttpResponse:
    """Pass one of our own operations on at the shared pace; the answer comes back as it is."""
    config = settings().nivoda
    _authenticate(call.req, config)
    asked = parsing.body(call.req, GraphQLRequest)
    if operation_of(asked.query) is None:
        raise Invalid("Only our own operations pass.", hint=f"They are: {', '.join(NAMES)}.")
    return _forwarded(config, asked)


def _authenticate(req: func.HttpRequest, config: Nivoda) -> None:
    if config.proxy_token is None or config.endpoint is None:
        raise ProxyNotConfigured("There is no proxy here.")
    shown = req.headers.get(PROXY_KEY_HEADER, "")
    if not hmac.compare_digest(shown.encode(), config.proxy_token.get_secret_value().encode()):
        raise NotAuthenticated(f"{PROXY_KEY_HEADER} is missing or wrong.")


def _forwarded(config: Nivoda, asked: GraphQLRequest) -> func.HttpResponse:
    try:
        answer = forward(config, asked.query, asked.variables)
    except FeedUnreachable as error:
        if error.retry_after is None:
            raise NoAnswer(str(error)) from error
        headers = {"Retry-After": str(round(error.retry_after))}
        return func.HttpResponse(str(error), status_code=429, headers=headers)
    return func.HttpResponse(
        answer.content,
        status_code=answer.status_code,
        headers={name: answer.headers[name] for name in PASSED_ON if name in answer.headers},
        mimetype=answer.headers.get("Content-Type", JSON),
    )
