"""One request and its answer under one trace id; every refusal is rendered here."""

import re
from time import perf_counter
from typing import Any
from uuid import uuid4

import azure.functions as func
from pydantic import BaseModel

from shared.platform import exact_json
from shared.platform.errors import Invalid, Refusal
from shared.platform.log import Log

log = Log("http_api")

TRACE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
JSON = "application/json"


class Exchange:
    def __init__(self, req: func.HttpRequest) -> None:
        self.req = req
        self.began = perf_counter()
        given = req.headers.get("X-Trace-Id", "")
        self.trace_id = given if TRACE_ID.fullmatch(given) else uuid4().hex

    def failed(self, error: Exception) -> func.HttpResponse:
        if not isinstance(error, Refusal):
            log.error("request failed", cause=error, trace_id=self.trace_id, url=self.req.url)
            error = Refusal("Something went wrong on our side; it has been logged.")
            return self.finished(_rendered(error, 500, "INTERNAL_ERROR", self.trace_id))
        return self.finished(_rendered(error, error.status, error.code, self.trace_id))

    def finished(self, response: func.HttpResponse) -> func.HttpResponse:
        response.headers["X-Trace-Id"] = self.trace_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        log.info(
            "request answered",
            trace_id=self.trace_id,
            method=self.req.method,
            path=self.req.url.partition("?")[0],
            status=response.status_code,
            ms=round((perf_counter() - self.began) * 1000, 1),
        )
        return response


def json_response(answer: BaseModel, status: int = 200) -> func.HttpResponse:
    body = exact_json.dumps(answer.model_dump(by_alias=True))
    return func.HttpResponse(body, status_code=status, mimetype=JSON)


def _rendered(error: Refusal, status: int, code: str, trace_id: str) -> func.HttpResponse:
    content: dict[str, Any] = {"code": code, "message": error.message, "traceId": trace_id}
    if isinstance(error, Invalid) and error.fields:
        content["fields"] = error.fields
    if error.hint:
        content["hint"] = error.hint
    again = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return func.HttpResponse(
        exact_json.dumps({"error": content}), status_code=status, mimetype=JSON, headers=again
    )
