"""The HTTP management API of Durable Functions, as the 1.7.0 client and people call it."""

import asyncio
import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.host.durable.binding import management_urls
from local.host.durable.control import AlreadyExists, Control, Gone
from local.host.durable.engine import Engine
from local.host.durable.events import moment, stamp
from local.host.durable.shape import history, parsed, status
from local.host.durable.store import Instance, Query
from local.host.gate import Endpoint

CONTINUATION = "x-ms-continuation-token"
ILLEGAL_ID = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]|^@|^.{101,}$")
PAGE = 100


class Refused(Exception):
    """A request that gets an answer at once."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass(frozen=True)
class ManagementApi:
    engine: Engine
    control: Control
    hub: str
    key: str

    def routes(self, protected: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
        table: list[tuple[str, str, Endpoint]] = [
            ("POST", "/orchestrators/{name}", self.start),
            ("POST", "/orchestrators/{name}/{id}", self.start),
            ("GET", "/instances/", self.find),
            ("GET", "/instances", self.find),
            ("DELETE", "/instances/", self.purge_matching),
            ("DELETE", "/instances", self.purge_matching),
            ("GET", "/instances/{id}", self.show),
            ("DELETE", "/instances/{id}", self.purge),
            ("POST", "/instances/{id}/raiseEvent/{event}", self.raise_event),
            ("POST", "/instances/{id}/{operation}", self.operate),
            ("GET", "/entities{rest:path}", self.no_entities),
            ("POST", "/entities{rest:path}", self.no_entities),
        ]
        return [
            Route(path, protected(answered(endpoint)), methods=[method])
            for method, path, endpoint in table
        ]

    async def start(self, request: Request) -> Response:
        name, wanted_id = request.path_params["name"], request.path_params.get("id")
        if name.casefold() not in self.engine.plan.orchestrators:
            return refusal(400, f"The function '{name}' doesn't exist or is not an orchestrator.")
        if wanted_id and ILLEGAL_ID.search(wanted_id):
            return refusal(400, f"The instance ID '{wanted_id}' is not allowed.")
        raw_input = await body_json(request)
        version = request.query_params.get("version")
        try:
            above = request.headers.get("traceparent")
            instance = self.control.start(name, raw_input, wanted_id, version, above)
        except AlreadyExists as error:
            return refusal(500, str(error))
        if "timeout" in request.query_params:
            return await self._wait_for(instance.id, request)
        return self._started(instance, request)

    async def find(self, request: Request) -> Response:
        instances = self.engine.store.find(query(request))
        full = len(instances) == page_size(request)
        token = base64.urlsafe_b64encode(instances[-1].id.encode()).decode() if full else ""
        shown = [
            status(instance, show_input=flag(request, "showInput", default=True))
            for instance in instances
        ]
        return JSONResponse(shown, headers={CONTINUATION: token})

    async def show(self, request: Request) -> Response:
        instance = self._instance(request)
        document = status(instance, show_input=flag(request, "showInput", default=True))
        if flag(request, "showHistory"):
            events = [json.loads(text) for text in self.engine.store.history(instance.id)]
            output = flag(request, "showHistoryOutput")
            document["historyEvents"] = history(events, show_output=output)
        if not instance.is_over:
            location = self._urls(instance.id, request)["statusQueryGetUri"]
            return JSONResponse(document, 202, {"Location": location, "Retry-After": "5"})
        crashed = instance.status == "Failed"
        return JSONResponse(
            document,
            500 if crashed and flag(request, "returnInternalServerErrorOnFailure") else 200,
        )

    async def raise_event(self, request: Request) -> Response:
        if "json" not in request.headers.get("content-type", ""):
            return refusal(400, "Only application/json request content is supported")
        payload = await body_json(request)
        self.control.raise_event(self._instance(request), request.path_params["event"], payload)
        return Response(status_code=202)

    async def operate(self, request: Request) -> Response:
        operation, reason = request.path_params["operation"], request.query_params.get("reason", "")
        if operation == "restart":
            return self._restart(request)
        instance = self._instance(request)
        match operation:
            case "terminate":
                self.control.terminate(instance, reason)
            case "suspend":
                self.control.suspend(instance)
            case "resume":
                self.control.resume(instance)
            case "rewind":
                self.control.rewind(instance)
            case _:
                return Response(status_code=404)
        return Response(status_code=202)

    async def purge(self, request: Request) -> Response:
        return deleted(self.control.purge([self._instance(request)]))

    async def purge_matching(self, request: Request) -> Response:
        if "createdTimeFrom" not in request.query_params:
            return refusal(400, "Please provide value for 'createdTimeFrom' parameter.")
        return deleted(self.control.purge_matching(query(request, limit=-1)))

    async def no_entities(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        return refusal(501, "The local host has no durable entities.")

    def _restart(self, request: Request) -> Response:
        instance = self.engine.store.instance(request.path_params["id"])
        if instance is None:
            return refusal(400, "The ID does not match a valid orchestration instance.")
        new_id = flag(request, "restartWithNewInstanceId", default=True)
        try:
            return self._started(self.control.restart(instance, new_id=new_id), request)
        except AlreadyExists as error:
            return refusal(500, str(error))

    async def _wait_for(self, instance_id: str, request: Request) -> Response:
        """Answer the output if it comes in time, else where to look for it."""
        patience = float(request.query_params["timeout"])
        pause = float(request.query_params.get("pollingInterval", 1))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience
        while loop.time() < deadline:
            await asyncio.sleep(min(pause, max(0.0, deadline - loop.time())))
            instance = self.engine.store.instance(instance_id)
            if instance and instance.status == "Completed":
                return JSONResponse(parsed(instance.output))
            if instance and instance.is_over:
                failed = instance.status == "Failed"
                return JSONResponse(status(instance), 500 if failed else 200)
        return JSONResponse(self._urls(instance_id, request), 202)

    def _started(self, instance: Instance, request: Request) -> Response:
        urls = self._urls(instance.id, request)
        headers = {"Location": urls["statusQueryGetUri"], "Retry-After": "10"}
        return JSONResponse(urls, 202, headers)

    def _urls(self, instance_id: str, request: Request) -> dict[str, str]:
        origin = f"{request.url.scheme}://{request.url.netloc}"
        urls = management_urls(origin, quote(instance_id, safe=":@"), self.hub, self.key)
        return urls | {"id": instance_id}

    def _instance(self, request: Request) -> Instance:
        instance = self.engine.store.instance(request.path_params["id"])
        if instance is None:
            raise Refused(Response(status_code=404))
        return instance


def answered(endpoint: Endpoint) -> Endpoint:
    async def call(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return refused.response
        except Gone:
            return Response(status_code=410)

    return call


async def body_json(request: Request) -> str | None:
    """Keep the text of the body, which must be JSON when there is one."""
    text = (await request.body()).decode()
    try:
        return json.dumps(json.loads(text)) if text else None
    except ValueError as error:
        raise Refused(refusal(400, f"The body is not JSON: {error}")) from error


def query(request: Request, limit: int | None = None) -> Query:
    given = request.query_params
    token = request.headers.get(CONTINUATION, "")
    return Query(
        created_from=given.get("createdTimeFrom") and stamp(moment(given["createdTimeFrom"])),
        created_to=given.get("createdTimeTo") and stamp(moment(given["createdTimeTo"])),
        statuses=tuple(filter(None, given.get("runtimeStatus", "").split(","))),
        id_prefix=given.get("instanceIdPrefix"),
        after_id=base64.urlsafe_b64decode(token).decode(),
        limit=page_size(request) if limit is None else limit,
    )


def page_size(request: Request) -> int:
    return int(request.query_params.get("top", PAGE))


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    return request.query_params.get(name, str(default)).casefold() == "true"


def refusal(code: int, message: str) -> Response:
    return JSONResponse(
        {
            "Message": "Something went wrong while processing your request",
            "ExceptionMessage": message,
            "ExceptionType": "System.InvalidOperationException",
            "StackTrace": "",
        },
        code,
    )


def deleted(count: int) -> Response:
    return JSONResponse({"instancesDeleted": count}) if count else Response(status_code=404)
