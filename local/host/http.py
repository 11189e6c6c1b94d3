"""HTTP triggers: an ASGI request becomes the worker's datum, its answer a response."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from azure.functions.meta import Datum
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from local.host.calls import Calls
from local.host.gate import Gate
from local.host.routes import Router
from local.host.worker import Outcome

REQUEST_LIMIT = 230  # seconds; Azure's load balancer waits no longer


class HttpTriggers:
    """The ASGI endpoint behind which all HTTP functions live."""

    def __init__(self, router: Router, calls: Calls, gate: Gate) -> None:
        self._router = router
        self._calls = calls
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii")
        found = self._router.find(request.method, path)
        if found is None:
            return Response(status_code=404)
        function, parameters = found
        if not self._gate.admits(request, function.trigger.get("authLevel", "FUNCTION").lower()):
            return Response(status_code=401)
        data = await request_datum(request, parameters)
        work = asyncio.ensure_future(
            self._calls(
                function,
                function.name,
                data,
                traceparent=request.headers.get("traceparent"),
            )
        )
        done, _ = await asyncio.wait([work], timeout=REQUEST_LIMIT)
        if not done:
            return PlainTextResponse("The function did not answer in time.", status_code=504)
        return response(work.result())


async def request_datum(request: Request, parameters: Mapping[str, str]) -> Datum:
    has_length = int(request.headers.get("content-length", "0")) > 0
    query = defaultdict(list)
    for name, value in request.query_params.multi_items():
        query[name].append(value)
    headers = defaultdict(list)
    for name, value in request.headers.items():
        headers[name].append(value)
    if request.client:  # as Azure's front end does
        headers["x-forwarded-for"].append(request.client.host)
    return Datum(
        {
            "method": Datum(request.method, "string"),
            "url": Datum(str(request.url), "string"),
            "headers": strings({n: ",".join(v) for n, v in headers.items()}),
            "query": strings({n: ",".join(v) for n, v in query.items() if any(v)}),
            "params": strings(parameters),
            "body": Datum(await request.body() if has_length else b"", "bytes"),
        },
        "http",
    )


def strings(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: Datum(value, "string") for name, value in values.items()}


def response(outcome: Outcome) -> Response:
    if outcome.error is not None:
        return Response(status_code=500)
    if outcome.value is None:
        return Response(status_code=204)
    if outcome.value.type != "http":
        return PlainTextResponse(outcome.value.value)
    return http_response(outcome.value.value)


def http_response(parts: dict[str, Any]) -> Response:
    answer = Response(parts["body"].value, status_code=int(parts["status_code"].value))
    for name, value in parts["headers"].items():
        if name.lower() != "content-length":
            answer.headers[name] = value.value
    for cookie in parts["cookies"] or ():
        for morsel in cookie.values():
            answer.headers.append("set-cookie", morsel.OutputString())
    return answer
