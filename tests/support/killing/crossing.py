"""Between the app and a partner: every call is two steps, and some go wrong on the way."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.partners.stripe.faults import Fault, Faults
from tests.support.killing.points import Points

Naming = Callable[[Scope, bytes], str | None]
"""What a request is called as a step; None for what the app did not ask."""


class Arrived:
    """A request whose body was read, handed on; the partner may still hang up on its caller."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        caller: Any = receive
        self.transport = caller.__self__.transport
        self._messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._receive = receive

    async def receive(self) -> Message:
        return self._messages.pop() if self._messages else await self._receive()


class Crossing:
    def __init__(self, partner: ASGIApp, named: Naming, points: Points) -> None:
        self.faults = Faults()
        self._partner = partner
        self._named = named
        self._points = points

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        arrived = Arrived(body, receive)
        step = self._named(scope, body)
        if step is None:
            await self._partner(scope, arrived.receive, send)
        elif self._points.reach(f"call {step}: sent"):
            arrived.transport.abort()
        else:
            await self._cross(step, scope, arrived, send)

    async def _cross(self, step: str, scope: Scope, arrived: Arrived, send: Send) -> None:
        fault = self.faults.next(step)
        answer: list[Message] = []
        if fault is None or fault.kind.endswith("after"):
            answer = await self._asked(scope, arrived)
        if self._points.reach(f"call {step}: done"):
            arrived.transport.abort()
        elif fault:
            await _fail(fault, arrived, send)
        for message in answer if fault is None else []:
            await send(message)

    async def _asked(self, scope: Scope, arrived: Arrived) -> list[Message]:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._partner(scope, arrived.receive, keep)
        return answer


async def _fail(fault: Fault, arrived: Arrived, send: Send) -> None:
    if fault.kind == "unavailable":
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b"out of order"})
        return
    if fault.kind.startswith("silent"):
        await asyncio.sleep(fault.seconds)
    arrived.transport.abort()


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
