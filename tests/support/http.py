"""Calling an HTTP function as the host does: a request in, a status and a body out."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import azure.functions as func


@dataclass(frozen=True)
class Answered:
    status: int
    raw: bytes
    body: Any
    headers: dict[str, str]

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.body["error"]
        return error


def call(
    function: Any,
    method: str = "GET",
    *,
    params: dict[str, str] | None = None,
    route: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes | dict[str, Any] = b"",
) -> Answered:
    """Call the user's function behind a trigger; `function` is what `@bp.route` returned."""
    request = func.HttpRequest(
        method=method,
        url=f"http://localhost/api{f'?{urlencode(params)}' if params else ''}",
        params=params or {},
        route_params=route or {},
        headers=headers or {},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )
    return answered_by(function._function.get_user_function()(request))


def answered_by(response: func.HttpResponse) -> Answered:
    return Answered(
        status=response.status_code,
        raw=response.get_body(),
        body=_json(response),
        headers=dict(response.headers),
    )


def _json(response: func.HttpResponse) -> Any:
    """The body's value; text that is no JSON has none."""
    raw = response.get_body()
    return json.loads(raw) if raw and response.mimetype == "application/json" else None
