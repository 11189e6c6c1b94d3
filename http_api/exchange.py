"""One request and its answer under one trace id; every refusal is rendered here."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func
from pydantic import BaseModel

from http_api import cors
from shared.notifications import error_logs
from shared.platform import exact_json, trace
from shared.platform.db import request_transaction
from shared.platform.errors import Refusal, Unavailable
from shared.platform.log import Log
from shared.platform.metrics import REQUESTS

log = Log("http_api")

JSON = "application/json"
DOCS = "/api/v2/errors/"
SECURITY: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
}
"""Unless the endpoint says otherwise."""
NOTHING_TO_LOAD = "default-src 'none'; frame-ancestors 'none'"


class Broken(Refusal):
    """Something went wrong on our side; it has been logged under the trace id."""

    status = 500
    code = "INTERNAL_ERROR"


class Exchange:
    def __init__(self, req: func.HttpRequest, operation: str) -> None:
        self.req = req
        self.operation = operation
        self.client: str | None = None
        """Who asked, once that is known."""
        self.headers: dict[str, str] = {}
        """What the answer says besides, whatever it is."""
        self.trace_id = trace.of(req.headers)
        self._began = perf_counter()

    def failed(self, error: Exception) -> func.HttpResponse:
        if not isinstance(error, Refusal):
            self._remember(error)
            error = Broken("Something went wrong on our side; it has been logged.")
        return self.finished(self._rendered(error))

    def finished(self, response: func.HttpResponse) -> func.HttpResponse:
        headers = {"X-Trace-Id": self.trace_id, **cors.shared(self.req), **self.headers}
        response.headers.update(headers)
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        if response.mimetype == JSON:
            response.headers.setdefault("Content-Security-Policy", NOTHING_TO_LOAD)
        seconds = perf_counter() - self._began
        REQUESTS.observe(seconds, operation=self.operation, status=str(response.status_code))
        log.info(
            "request answered",
            operation=self.operation,
            method=self.req.method,
            path=urlsplit(self.req.url).path,
            status=response.status_code,
            client=self.client,
            ms=round(seconds * 1000, 1),
        )
        return response

    def _rendered(self, error: Refusal) -> func.HttpResponse:
        content: dict[str, Any] = {"code": error.code, "message": error.message}
        content["traceId"] = self.trace_id
        if error.fields:
            content["fields"] = error.fields
        if error.hint:
            content["hint"] = error.hint
        content["docs"] = docs_of(self.req, error.code)
        again = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return func.HttpResponse(
            exact_json.dumps({"error": content}),
            status_code=error.status,
            mimetype=JSON,
            headers=again,
        )

    def _remember(self, error: Exception) -> None:
        log.error("request failed", cause=error, operation=self.operation)
        told = f"{type(error).__name__}: {error}"
        try:
            with request_transaction() as conn:
                error_logs.record(conn, "http_api", told, operation=self.operation)
        except Unavailable as unavailable:
            log.warning("error not counted", reason=unavailable.message)


def docs_of(req: func.HttpRequest, code: str) -> str:
    """Where this app says what a code means."""
    here = urlsplit(req.url)
    return f"{here.scheme}://{here.netloc}{DOCS}{code}"


def json_response(answer: BaseModel, status: int = 200) -> func.HttpResponse:
    body = exact_json.dumps(answer.model_dump(by_alias=True))
    return func.HttpResponse(body, status_code=status, mimetype=JSON)
