"""The catalogue for agents: the Model Context Protocol over plain HTTP answers.

Stateless: every request is a POST of one JSON-RPC message with an API key and is answered with
JSON; there is no session and no stream to open.
"""

from typing import Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import ConfigDict, Field

from http_api import mcp_tools
from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.exchange import JSON
from shared.access.model import ApiKey, Scope
from shared.platform import exact_json
from shared.platform.errors import Invalid, Refusal

bp = df.Blueprint()

VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")
"""Of the protocol, newest first."""
ABOUT = "Diamonds on sale: search them, look at one, compare several, explain a price."
METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602


class MethodNotAllowed(Refusal):
    """The address takes messages by POST only."""

    status = 405
    code = "METHOD_NOT_ALLOWED"


class RpcMessage(Asked):
    """JSON-RPC 2.0: a request, or a notification without an id."""

    model_config = ConfigDict(frozen=True, extra="allow")

    jsonrpc: Literal["2.0"]
    method: str = Field(max_length=100)
    id: int | str | None = None
    params: dict[str, Any] = Field(default_factory=dict)


class RpcAnswer(Answer):
    """Either a result or an error, never both."""

    jsonrpc: Literal["2.0"] = "2.0"
    id: int | str | None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class RpcFault(Exception):
    """What JSON-RPC answers instead of a result."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@bp.route("v2/mcp", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, body=RpcMessage, reads=True, also=(202,))
def ask_mcp(call: Call[RpcMessage]) -> RpcAnswer | func.HttpResponse:
    """One message of the Model Context Protocol; notifications are taken without an answer."""
    message = call.asked
    spoken = call.req.headers.get("MCP-Protocol-Version", VERSIONS[-1])
    if spoken not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise Invalid("This version of MCP is not spoken here.", hint=f"Known versions: {known}.")
    if message.id is None:
        return func.HttpResponse(status_code=202)
    told: dict[str, Any] = {"jsonrpc": "2.0", "id": message.id}
    try:
        told["result"] = _result(call.caller, message)
    except RpcFault as fault:
        told["error"] = {"code": fault.code, "message": fault.message}
    return func.HttpResponse(exact_json.dumps(told), mimetype=JSON)


@bp.route("v2/mcp", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, also=(405,))
def open_mcp_stream(call: Call[Nothing]) -> RpcAnswer:  # noqa: ARG001 - every handler takes the call
    """There is no stream to open: every message is answered at once."""
    raise MethodNotAllowed("There is no stream to open; POST a message.")


@bp.route("v2/mcp", methods=["DELETE"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, also=(405,), reads=True)
def end_mcp_session(call: Call[Nothing]) -> RpcAnswer:  # noqa: ARG001 - every handler takes the call
    """There is no session to end: every message stands for itself."""
    raise MethodNotAllowed("There is no session to end.")


def _result(caller: ApiKey, message: RpcMessage) -> dict[str, Any]:
    match message.method:
        case "initialize":
            return _introduction(message.params)
        case "ping":
            return {}
        case "tools/list":
            return {"tools": mcp_tools.described()}
        case "tools/call":
            return _called(caller, message.params)
        case other:
            raise RpcFault(METHOD_NOT_FOUND, f"There is no method {other[:50]!r}.")


def _introduction(params: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "diamond-opus", "title": "Diamond Opus", "version": "2"},
        "instructions": ABOUT,
    }


def _called(caller: ApiKey, params: dict[str, Any]) -> dict[str, Any]:
    tool = mcp_tools.TOOLS.get(str(params.get("name")))
    if tool is None:
        raise RpcFault(INVALID_PARAMS, f"There is no tool {str(params.get('name'))[:50]!r}.")
    arguments = params.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise RpcFault(INVALID_PARAMS, "The arguments must be an object.")
    return mcp_tools.used(tool, caller, arguments)
