"""The supplier over HTTP: one GraphQL address, and beside it the strings behind the scenes."""

import asyncio
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationDefinitionNode
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from local.partners.nivoda import events, graph
from local.partners.nivoda.crowd import Crowd
from local.partners.nivoda.events import Telling
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.shelf import Kind
from local.partners.nivoda.supplier import Changes, Supplier

PATH = "/api/diamonds"
TRADES = ("create_hold", "cancel_hold", "create_order")


class CutOff(Response):
    """Promises an answer and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class Server:
    def __init__(self, supplier: Supplier) -> None:
        self.supplier = supplier
        self._crowd = Crowd()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route(PATH, self.graphql, methods=["POST"]),
                Route("/admin/knobs", self.knobs, methods=["GET", "PUT", "PATCH", "DELETE"]),
                Route("/admin/changes", self.changes, methods=["POST"]),
                Route("/admin/counters", self.counters, methods=["GET", "DELETE"]),
                Route("/admin/malformed", self.malformed, methods=["GET"]),
                Route("/admin/prices", self.prices, methods=["GET"]),
                Route("/admin/events", self.events, methods=["POST"]),
                Route("/admin/tokens", self.expire_tokens, methods=["DELETE"]),
            ]
        )

    async def graphql(self, request: Request) -> Response:
        recent = self.supplier.counters.arrived()
        body = orjson.loads(await request.body())
        answer = self._fault(body, recent) or await self._answer(request, body)
        self.supplier.counters.answered(answer.status_code)
        return answer

    async def knobs(self, request: Request) -> Response:
        match request.method:
            case "PUT" | "DELETE":
                base: dict[str, Any] = {}
            case _:
                base = self.supplier.knobs.model_dump()
        turned = await request.body()
        try:
            self.supplier.knobs = Knobs(**base | (orjson.loads(turned) if turned else {}))
        except ValidationError as error:
            return _json({"error": str(error)}, 400)
        return _json(self.supplier.knobs.model_dump())

    async def changes(self, request: Request) -> Response:
        try:
            asked = Changes.model_validate_json(await request.body())
        except ValidationError as error:
            return _json({"error": str(error)}, 400)
        return _json(self.supplier.change(asked).model_dump())

    async def events(self, request: Request) -> Response:
        try:
            asked = Telling.model_validate_json(await request.body())
        except ValidationError as error:
            return _json({"error": str(error)}, 400)
        return _json({"status": await asyncio.to_thread(events.tell, asked)})

    async def counters(self, request: Request) -> Response:
        report = self.supplier.counters.report()
        if request.method == "DELETE":
            self.supplier.counters.reset()
        return _json(report)

    async def malformed(self, request: Request) -> Response:
        return _json(self.supplier.malformed(_kind(request)))

    async def prices(self, request: Request) -> Response:
        return _json(self.supplier.prices(_kind(request)))

    async def expire_tokens(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's way
        self.supplier.sessions.expire_all()
        return _json({})

    def _fault(self, body: dict[str, Any], recent: int) -> Response | None:
        """What goes wrong before anybody looks at the request."""
        knobs = self.supplier.knobs
        kind = graph.kind_asked_for(body.get("variables") or {})
        if kind and self._crowd.is_mixed(kind) and knobs.one_kind_at_a_time:
            return Response("<html>403 Forbidden</html>", 403, media_type="text/html")
        too_many = knobs.requests_per_second is not None and recent > knobs.requests_per_second
        fault = "throttled" if too_many else self.supplier.dice.fault(knobs)
        if fault == "throttled":
            seconds = knobs.retry_after_seconds
            headers = {} if seconds is None else {"Retry-After": str(seconds)}
            return Response("slow down", 429, headers)
        return Response("out of order", self.supplier.dice.failure()) if fault else None

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        await asyncio.sleep(self.supplier.dice.stall(self.supplier.knobs))
        parsed, faults = graph.document(body.get("query", ""))
        if parsed is None or faults:
            return _json({"errors": [_formatted(fault) for fault in faults]}, 400)
        self.supplier.counters.asked(_name(parsed))
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ") or None
        caller = graph.Caller(self.supplier, bearer)
        result = graph.execute(caller, parsed, body.get("variables") or {})
        if _traded(result) and self.supplier.loses_reply():
            return CutOff()
        return _json(_rendered(result))


def _kind(request: Request) -> Kind:
    return "labgrown" if request.query_params.get("kind") == "labgrown" else "natural"


def _name(parsed: DocumentNode) -> str:
    first = parsed.definitions[0]
    named = isinstance(first, OperationDefinitionNode) and first.name
    return named.value if named else "(no name)"


def _traded(result: ExecutionResult) -> bool:
    inner = (result.data or {}).get("as") or result.data or {}
    return any(inner.get(name) for name in TRADES)


def _rendered(result: ExecutionResult) -> dict[str, Any]:
    content: dict[str, Any] = {"data": result.data}
    if result.errors:
        content["errors"] = [_formatted(error) for error in result.errors]
    return content


def _formatted(error: GraphQLError) -> dict[str, Any]:
    return dict(error.formatted)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
