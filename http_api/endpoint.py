"""HTTP in, models out: an endpoint declares who may ask what, its handler gets it validated.

    @bp.route("v2/runs/{run_id}/sweep", methods=["POST"], auth_level=ANONYMOUS)
    @endpoint(scope=Scope.RUNS_WRITE, body=DecideSweep)
    def decide_sweep(call: Call[DecideSweep]) -> OneRun:

What is declared is kept as a `Contract`, which documents and clients are generated from.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast, get_args, get_type_hints
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from http_api import parsing, repeats
from http_api.callers import authenticate
from http_api.deprecation import Deprecated
from http_api.exchange import JSON, Exchange, json_response
from shared.access import service
from shared.access.model import ApiKey, Scope
from shared.platform import trace
from shared.platform.payload import Payload


class Answer(BaseModel):
    """A body we send: camelCase on the wire, money as JSON numbers with two decimals."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, from_attributes=True
    )


class Asked(BaseModel):
    """Parameters or a body we receive; what we do not know is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Parameters by the names they had before; these work, and are answered with a hint."""


class Nothing(Asked):
    """No parameters, no body."""


OLD_NAMES = Deprecated(since=date(2026, 11, 21))

AskedT_co = TypeVar("AskedT_co", bound=BaseModel, covariant=True)
AnswerT = TypeVar("AnswerT", bound=Answer)


@dataclass(frozen=True)
class Start(Generic[AnswerT]):
    """What a handler wants started once its transaction is committed, and what to answer then."""

    orchestrator: str
    instance_id: str
    request: Payload
    answer: AnswerT


@dataclass(frozen=True)
class Written(Generic[AnswerT]):
    """An answer that is JSON already."""

    body: bytes


@dataclass(frozen=True)
class Call(Generic[AskedT_co]):
    """One request, admitted and validated."""

    req: func.HttpRequest
    trace_id: str
    path: Mapping[str, Any]
    """The route's parts by name, of the declared types."""
    asked: AskedT_co
    key: ApiKey | None
    idempotency_key: str | None

    @property
    def caller(self) -> ApiKey:
        """Who asks; endpoints without a scope have nobody."""
        if self.key is None:
            raise LookupError("this endpoint is open to everybody")
        return self.key

    def id(self, name: str) -> UUID:
        """A UUID in the route."""
        return cast("UUID", self.path[name])

    def demand(self, scope: Scope) -> None:
        """Refuse a caller who may not do this besides."""
        service.permit(self.caller, scope)


Once = Literal["transaction", "steps"]
Result = BaseModel | func.HttpResponse | Start[Any] | Written[Any]
Handler = Callable[[Call[AskedT_co]], Result]
Wrapped = Callable[[func.HttpRequest], func.HttpResponse]
Starter = Callable[[func.HttpRequest, df.DurableOrchestrationClient], Awaitable[func.HttpResponse]]


@dataclass(frozen=True)
class Contract:
    """What an endpoint promises: who may call it, what it takes and what it answers."""

    scope: Scope | None
    """None: open to everybody who comes past the host's own keys."""
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    status: int
    path: Mapping[str, parsing.Kind]
    """Parts of the route that are no UUID."""
    once: Once
    deprecated: Deprecated | None
    handler: Callable[[Any], Result] = field(repr=False)
    produces: tuple[str, ...] = (JSON,)
    """The media types of a good answer."""
    also: tuple[int, ...] = ()
    """Statuses of its own besides those that every endpoint may answer."""

    @property
    def answer(self) -> type[BaseModel] | None:
        """The model of a good answer; None for what is no JSON of a model."""
        named = _models_in(get_type_hints(self.handler)["return"])
        return named[0] if named else None


def _models_in(hint: Any) -> list[type[BaseModel]]:
    """`Start[Data] | HttpResponse` names Data."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return [hint]
    return [model for part in get_args(hint) for model in _models_in(part)]


def contract_of(function: Any) -> Contract | None:
    """What the function of a trigger promised, if `endpoint` or `starter` made it."""
    found: Contract | None = getattr(function, "contract", None)
    return found


def endpoint(
    *,
    scope: Scope | None,
    query: type[AskedT_co] | None = None,
    body: type[AskedT_co] | None = None,
    path: Mapping[str, parsing.Kind] | None = None,
    status: int = 200,
    once: Once = "transaction",
    deprecated: Deprecated | None = None,
    produces: tuple[str, ...] = (JSON,),
    also: tuple[int, ...] = (),
) -> Callable[[Handler[AskedT_co]], Wrapped]:
    """Make a typed handler an HTTP function.

    `once` says how a write under an `Idempotency-Key` is done once: all it does is one
    transaction of ours, or it goes in steps, talks to others in between, and finds what it did
    by `call.idempotency_key`.
    """

    def decorate(handler: Handler[AskedT_co]) -> Wrapped:
        contract = Contract(
            scope, query, body, status, path or {}, once, deprecated, handler, produces, also
        )

        def run(req: func.HttpRequest) -> func.HttpResponse:
            exchange = Exchange(req, handler.__name__)
            with trace.under(exchange.trace_id):
                try:
                    return exchange.finished(_Turn(contract, exchange).response())
                except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a 500
                    return exchange.failed(error)

        return cast("Wrapped", _named(run, contract))

    return decorate


def starter(
    *,
    scope: Scope | None,
    body: type[AskedT_co] | None = None,
    path: Mapping[str, parsing.Kind] | None = None,
    status: int = 202,
) -> Callable[[Handler[AskedT_co]], Starter]:
    """Like `endpoint`, for handlers that may start an orchestration after their commit."""

    def decorate(handler: Handler[AskedT_co]) -> Starter:
        contract = Contract(scope, None, body, status, path or {}, "transaction", None, handler)

        async def run(
            req: func.HttpRequest, client: df.DurableOrchestrationClient
        ) -> func.HttpResponse:
            exchange = Exchange(req, handler.__name__)
            with trace.under(exchange.trace_id):
                try:
                    turn = _Turn(contract, exchange)
                    response = await asyncio.to_thread(turn.response)
                    if turn.wanted is not None:
                        await _begin(client, turn.wanted)
                    return exchange.finished(response)
                except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a 500
                    return await asyncio.to_thread(exchange.failed, error)

        return cast("Starter", _named(run, contract))

    return decorate


def _named(run: Any, contract: Contract) -> Any:
    run.__name__ = contract.handler.__name__
    run.__doc__ = contract.handler.__doc__
    run.contract = contract
    return run


async def _begin(client: df.DurableOrchestrationClient, wanted: Start[Any]) -> None:
    request = wanted.request.model_dump(mode="json")
    await client.start_new(wanted.orchestrator, wanted.instance_id, request)


class _Turn:
    """One request on its way through the handler."""

    def __init__(self, contract: Contract, exchange: Exchange) -> None:
        self._contract = contract
        self._exchange = exchange
        self.wanted: Start[Any] | None = None

    def response(self) -> func.HttpResponse:
        call = self._admitted()
        if call.idempotency_key is None or call.key is None:
            return self._handled(call)
        request = repeats.repeatable(
            call.key, call.idempotency_key, self._contract.handler.__name__, call.path, call.asked
        )
        return repeats.once(request, self._contract.once, lambda: self._handled(call))

    def _admitted(self) -> Call[Any]:
        req, contract = self._exchange.req, self._contract
        if contract.deprecated:
            self._exchange.headers |= contract.deprecated.headers()
        parsing.small_enough(req)
        key = authenticate(req, contract.scope) if contract.scope else None
        self._exchange.client = key.client_name if key else None
        path = {
            name: parsing.path_value(req, name, contract.path.get(name, UUID))
            for name in req.route_params
        }
        asked = self._asked(req)
        return Call(req, self._exchange.trace_id, path, asked, key, repeats.key_of(req, asked))

    def _asked(self, req: func.HttpRequest) -> BaseModel:
        if self._contract.query:
            if parsing.has_old_names(req, self._contract.query):
                self._exchange.headers |= OLD_NAMES.headers()
            return parsing.query(req, self._contract.query)
        if self._contract.body:
            return parsing.body(req, self._contract.body)
        return Nothing()

    def _handled(self, call: Call[Any]) -> func.HttpResponse:
        result = self._contract.handler(call)
        if isinstance(result, Start):
            self.wanted = result
            result = result.answer
        if isinstance(result, Written):
            return func.HttpResponse(result.body, status_code=self._contract.status, mimetype=JSON)
        if isinstance(result, func.HttpResponse):
            return result
        return json_response(result, self._contract.status)
