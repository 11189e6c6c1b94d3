"""Frankfurter's frozen v1 and current v2 over HTTP, and how they misbehave on demand."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.partners.frankfurter import v1, v2
from local.partners.frankfurter.answers import Fault, Rates, fresh
from local.partners.refusals import Refusals

Handler = Callable[[Request], Awaitable[Response]]
Answering = Callable[[Request, Rates], Any]


class Knobs(BaseModel):
    """Nothing by default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    latency_ms: float = Field(default=0, ge=0)
    body: Literal["usual", "html", "truncated", "drifted"] = "usual"
    """Drifted: rates are texts with a comma, and the base is missing."""
    today: date | None = None
    """The day it thinks it is; a feed that stands still."""
    factor: dict[str, Decimal] = Field(default_factory=dict)
    """By which a currency's rate is wrong."""


class Server:
    def __init__(self) -> None:
        self.knobs = Knobs()
        self.refusals = Refusals()
        self.asked: list[str] = []

    def application(self) -> Starlette:
        routes = [
            Route("/", _metadata({"v1": "/v1", "v2": "/v2"})),
            Route("/v1", _metadata({"version": "v1", "status": "frozen"})),
            Route("/v2", _metadata({"version": "v2", "status": "current"})),
            Route("/admin/knobs", self.turn, methods=["PUT"]),
            Route("/admin/refusals", self.refusals.change, methods=["PUT"]),
        ]
        routes += [Route(path, self._serving(answer, v1.refused)) for path, answer in v1.ROUTES]
        routes += [Route(path, self._serving(answer, v2.refused)) for path, answer in v2.ROUTES]
        return Starlette(routes=routes)

    async def turn(self, request: Request) -> Response:
        try:
            self.knobs = Knobs.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(self.knobs.model_dump(mode="json"))

    def _serving(self, answer: Answering, refused: Callable[[Fault], Response]) -> Handler:
        async def serve(request: Request) -> Response:
            self.asked.append(str(request.url.path))
            await asyncio.sleep(self.knobs.latency_ms / 1000)
            if refusal := self.refusals.next():
                fault = Fault(refusal.status, refusal.error)
                return _with(refused(fault), refusal.headers)
            rates = Rates(self.knobs.today or datetime.now(UTC).date(), self.knobs.factor)
            try:
                return self._spoiled(fresh(request, answer(request, rates)))
            except Fault as fault:
                return refused(fault)

        return serve

    def _spoiled(self, response: Response) -> Response:
        body = bytes(response.body)
        match self.knobs.body:
            case "html":
                return Response("<html>Just a moment...</html>", media_type="text/html")
            case "truncated":
                return Response(body[: len(body) // 2], media_type="application/json")
            case "drifted":
                drifted = body.replace(b'"base"', b'"from"').replace(b"rate", b"quotation")
                return Response(drifted, media_type="application/json")
            case _:
                return response


def _metadata(content: dict[str, str]) -> Handler:
    async def tell(request: Request) -> Response:  # noqa: ARG001 - Starlette's way
        return JSONResponse(content)

    return tell


def _with(response: Response, headers: dict[str, str]) -> Response:
    names: Iterable[tuple[str, str]] = headers.items()
    for name, value in names:
        response.headers[name] = value
    return response
