"""HTTP in, models out: every handler is a typed function, every refusal is rendered here."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID, uuid4

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from shared.platform import exact_json
from shared.platform.errors import Invalid, Refusal
from shared.platform.log import Log
from shared.platform.payload import Payload

log = Log("http_api")

TRACE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
LARGEST_BODY = 1_000_000
JSON = "application/json"

Parsed = TypeVar("Parsed", bound=BaseModel)


class Answer(BaseModel):
    """A body we send: camelCase on the wire, money as JSON numbers with two decimals."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, from_attributes=True
    )


class Asked(BaseModel):
    """Parameters or a body we receive; what we do not know is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Start:
    """What a handler wants started once its transaction is committed, and what to answer then."""

    orchestrator: str
    instance_id: str
    request: Payload
    answer: Answer


Handler = Callable[[func.HttpRequest], BaseModel | func.HttpResponse]
Wrapped = Callable[[func.HttpRequest], func.HttpResponse]
StartHandler = Callable[[func.HttpRequest], Start | Answer]
Starter = Callable[[func.HttpRequest, df.DurableOrchestrationClient], Awaitable[func.HttpResponse]]


def endpoint(*, status: int = 200) -> Callable[[Handler], Wrapped]:
    """Make a typed handler an HTTP function: answers rendered, refusals too, one log line."""

    def decorate(handler: Handler) -> Wrapped:
        def run(req: func.HttpRequest) -> func.HttpResponse:
            with_trace = _Exchange(req)
            try:
                return with_trace.answered(handler(req), status)
            except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a 500
                return with_trace.failed(error)

        run.__name__ = handler.__name__
        return run

    return decorate


def starter(*, status: int = 202) -> Callable[[StartHandler], Starter]:
    """Like `endpoint`, for handlers that may start an orchestration after their commit."""

    def decorate(handler: StartHandler) -> Starter:
        async def run(
            req: func.HttpRequest, client: df.DurableOrchestrationClient
        ) -> func.HttpResponse:
            with_trace = _Exchange(req)
            try:
                wanted = await asyncio.to_thread(handler, req)
                if isinstance(wanted, Start):
                    await _begin(client, wanted)
                    wanted = wanted.answer
                return with_trace.answered(wanted, status)
            except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a 500
                return with_trace.failed(error)

        run.__name__ = handler.__name__
        return run

    return decorate


async def _begin(client: df.DurableOrchestrationClient, wanted: Start) -> None:
    request = wanted.request.model_dump(mode="json")
    await client.start_new(wanted.orchestrator, wanted.instance_id, request)


class _Exchange:
    """One request and its answer under one trace id."""

    def __init__(self, req: func.HttpRequest) -> None:
        self.req = req
        self.began = perf_counter()
        given = req.headers.get("X-Trace-Id", "")
        self.trace_id = given if TRACE_ID.fullmatch(given) else uuid4().hex

    def answered(self, answer: BaseModel | func.HttpResponse, status: int) -> func.HttpResponse:
        response = (
            answer if isinstance(answer, func.HttpResponse) else json_response(answer, status)
        )
        return self._finished(response)

    def failed(self, error: Exception) -> func.HttpResponse:
        if not isinstance(error, Refusal):
            log.error("request failed", cause=error, trace_id=self.trace_id, url=self.req.url)
            error = Refusal("Something went wrong on our side; it has been logged.")
            return self._finished(_rendered(error, 500, "INTERNAL_ERROR", self.trace_id))
        return self._finished(_rendered(error, error.status, error.code, self.trace_id))

    def _finished(self, response: func.HttpResponse) -> func.HttpResponse:
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
    return func.HttpResponse(
        exact_json.dumps({"error": content}), status_code=status, mimetype=JSON
    )


def query(req: func.HttpRequest, model: type[Parsed]) -> Parsed:
    """The query string as a model; `color[]=D` is accepted as `color=D`."""
    given = {name.removesuffix("[]"): value for name, value in req.params.items()}
    return _parsed(model, given, "parameter")


def body(req: func.HttpRequest, model: type[Parsed]) -> Parsed:
    """The JSON body as a model; no body counts as an empty object."""
    raw = req.get_body() or b"{}"
    if len(raw) > LARGEST_BODY:
        raise Invalid(f"The body is larger than {LARGEST_BODY:,} bytes.")
    try:
        given = exact_json.loads(raw)
    except ValueError as error:
        raise Invalid(f"The body is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise Invalid("The body must be a JSON object.")
    return _parsed(model, given, "field")


def path_id(req: func.HttpRequest, name: str) -> UUID:
    """An identifier from the route."""
    try:
        return UUID(req.route_params[name])
    except ValueError as error:
        raise Invalid("The path is not valid.", fields={name: "not a UUID"}) from error


def _parsed(model: type[Parsed], given: dict[str, Any], kind: str) -> Parsed:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fields = {_spelled(fault["loc"]): _said(fault) for fault in error.errors()}
        known = ", ".join(sorted(model.model_fields))
        unknown = any(fault["type"] == "extra_forbidden" for fault in error.errors())
        hint = f"Known {kind}s: {known}." if unknown else None
        raise Invalid("Some of the request is not valid.", fields=fields, hint=hint) from error


def _spelled(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "(all)"


def _said(fault: Any) -> str:
    said: str = "unknown" if fault["type"] == "extra_forbidden" else fault["msg"]
    return said.removeprefix("Value error, ")
