"""A partner's webhook receiver: keeps what came, answers as it is told."""

from collections import deque
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[Response] = deque()

    def application(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.receive, methods=["POST", "GET"])])

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        self.received.append(Received(request.url.path, dict(request.headers), body))
        return self.answers.popleft() if self.answers else Response(status_code=204)
