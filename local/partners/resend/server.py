"""Resend's `POST /emails`: keys, idempotency and errors as documented; keeps what came."""

import json
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.partners.refusals import Refusals, as_json

API_KEY = "re_local"
NEEDED = ("from", "to", "subject")


class Server:
    def __init__(self) -> None:
        self.emails: list[dict[str, Any]] = []
        self.refusals = Refusals()
        self.loses_replies = 0
        self._answered: dict[str, tuple[bytes, str]] = {}

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/emails", self.send, methods=["POST"]),
                Route("/admin/emails", self.list, methods=["GET"]),
                Route("/admin/refusals", self.refusals.change, methods=["PUT"]),
            ]
        )

    async def send(self, request: Request) -> Response:
        if refusal := self.refusals.next():
            return _error(refusal.status, refusal.error, refusal.headers)
        raw = await request.body()
        return self._refused(request, raw) or self._accepted(request, raw)

    async def list(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's way
        return as_json(self.emails)

    def _refused(self, request: Request, raw: bytes) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return _error(403, "invalid_api_key")
        content = json.loads(raw)
        if not all(content.get(name) for name in NEEDED):
            return _error(422, "missing_required_field")
        known = self._answered.get(request.headers.get("Idempotency-Key", ""))
        return _error(409, "invalid_idempotent_request") if known and known[0] != raw else None

    def _accepted(self, request: Request, raw: bytes) -> Response:
        """The same key and body again: the same answer, and nothing is sent."""
        key = request.headers.get("Idempotency-Key") or uuid4().hex
        if key not in self._answered:
            self._answered[key] = (raw, str(uuid4()))
            self.emails.append(json.loads(raw) | {"key": key})
        if self.loses_replies:
            self.loses_replies -= 1
            return _error(500, "application_error")
        return JSONResponse({"id": self._answered[key][1]})


def _error(status: int, name: str, headers: dict[str, str] | None = None) -> Response:
    content = {"statusCode": status, "name": name, "message": f"refused: {name}"}
    return JSONResponse(content, status, headers)
