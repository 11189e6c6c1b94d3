"""The host's own endpoints: its state, its functions, running one by hand, moving the clock."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.host.clock import Clock
from local.host.gate import Endpoint
from local.host.index import Function


class Admin:
    def __init__(
        self,
        functions: Mapping[str, Function],
        clock: Clock,
        run: Callable[[Function, str], bool],
    ) -> None:
        self._functions = functions
        self._clock = clock
        self._run = run
        self.ready = False

    def routes(self, protected: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
        return [
            Route("/admin/host/status", self.status),
            Route("/admin/functions", protected(self.functions)),
            Route("/admin/functions/{name}", protected(self.run), methods=["POST"]),
            Route("/admin/clock/advance", protected(self.advance), methods=["POST"]),
        ]

    async def status(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        if not self.ready:
            return JSONResponse({"state": "Initializing"}, 503)
        return JSONResponse({"state": "Running", "functions": len(self._functions)})

    async def functions(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        return JSONResponse([described(function) for function in self._functions.values()])

    async def run(self, request: Request) -> Response:
        """Fire a timer or queue trigger now, with `{"input": "..."}` as the message."""
        function = self._functions.get(request.path_params["name"].casefold())
        if function is None:
            return Response(status_code=404)
        document: dict[str, Any] = await request.json() if await request.body() else {}
        if not self._run(function, str(document.get("input", ""))):
            message = f"{function.name} is a {function.type}: only timers and queues run by hand"
            return JSONResponse({"error": message}, 400)
        return Response(status_code=202)

    async def advance(self, request: Request) -> Response:
        self._clock.advance(timedelta(seconds=float((await request.json())["seconds"])))
        return JSONResponse({"now": self._clock.now().isoformat()})


def described(function: Function) -> dict[str, Any]:
    return {"name": function.name, "config": {"bindings": function.bindings}}
