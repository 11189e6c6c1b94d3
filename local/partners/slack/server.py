"""Slack's incoming webhooks: takes messages, answers in plain text, keeps what came."""

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from local.partners.refusals import Refusals, as_json

HOOK = "/services/T000/B000/local"
HEADER_LIMIT = 150
TEXT_LIMIT = 3_000


class Server:
    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refusals = Refusals()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/services/{hook:path}", self.post, methods=["POST"]),
                Route("/admin/messages", self.list, methods=["GET"]),
                Route("/admin/refusals", self.refusals.change, methods=["PUT"]),
            ]
        )

    async def post(self, request: Request) -> Response:
        if refusal := self.refusals.next():
            return PlainTextResponse(refusal.error, refusal.status, refusal.headers)
        if request.url.path != HOOK:
            return PlainTextResponse("no_service", 404)
        fault = _fault(raw := await request.body())
        if fault:
            return PlainTextResponse(fault, 400)
        self.messages.append(json.loads(raw))
        return PlainTextResponse("ok")

    async def list(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's way
        return as_json(self.messages)


def _fault(raw: bytes) -> str | None:
    try:
        message = json.loads(raw)
    except ValueError:
        return "invalid_payload"
    if not isinstance(message, dict) or not message.get("text"):
        return "no_text"
    fits = all(_fits(block) for block in message.get("blocks", []))
    return None if fits else "invalid_blocks"


def _fits(block: dict[str, Any]) -> bool:
    texts = [block.get("text"), *block.get("elements", [])]
    limit = HEADER_LIMIT if block["type"] == "header" else TEXT_LIMIT
    return all(0 < len(text["text"]) <= limit for text in texts if text)
