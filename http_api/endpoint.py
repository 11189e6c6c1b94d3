"""HTTP in, models out: an endpoint declares who may ask what, its handler gets it validated.

    @bp.route("v2/runs/{run_id}/sweep", methods=["POST"], auth_level=ANONYMOUS)
    @endpoint(scope=Scope.RUNS_WRITE, body=DecideSweep)
    def decide_sweep(call: Call[DecideSweep]) -> OneRun:

What is declared is kept as a `Contract`, which documents and clients are generated from.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import azure.durable_functions as df
import azure.functions as func

from http_api import parsing
from http_api.contract import (
    Answer,
    Asked,
    AskedT_co,
    Call,
    Contract,
    File,
    Moment,
    Nothing,
    Once,
    Result,
    Start,
    Written,
    contract_of,
)
from http_api.deprecation import Deprecated
from http_api.exchange import JSON, Exchange
from http_api.turn import Turn
from shared.access.model import Scope
from shared.platform import trace

__all__ = [
    "Answer",
    "Asked",
    "Call",
    "Contract",
    "File",
    "Moment",
    "Nothing",
    "Start",
    "Written",
    "contract_of",
    "endpoint",
    "starter",
]

Handler = Callable[[Call[AskedT_co]], Result]
Wrapped = Callable[[func.HttpRequest], func.HttpResponse]
Starter = Callable[[func.HttpRequest, df.DurableOrchestrationClient], Awaitable[func.HttpResponse]]


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
    reads: bool = False,
    by_link: bool = False,
    file: File | None = None,
) -> Callable[[Handler[AskedT_co]], Wrapped]:
    """Make a typed handler an HTTP function.

    `once` says how a write under an `Idempotency-Key` is done once: all it does is one
    transaction of ours, or it goes in steps, talks to others in between, and finds what it did
    by `call.idempotency_key`.
    """

    def decorate(handler: Handler[AskedT_co]) -> Wrapped:
        contract = Contract(
            scope=scope,
            query=query,
            body=body,
            status=status,
            path=path or {},
            once=once,
            deprecated=deprecated,
            handler=handler,
            produces=produces,
            also=also,
            reads=reads,
            by_link=by_link,
            file=file,
        )

        def run(req: func.HttpRequest) -> func.HttpResponse:
            exchange = Exchange(req, handler.__name__)
            with trace.under(exchange.trace_id):
                try:
                    return exchange.finished(Turn(contract, exchange).response())
                except Exception as error:  # noqa: BLE001 - the outermost edge: a bug becomes a 500
                    return exchange.failed(error)

        return cast("Wrapped", _named(run, contract))

    return decorate


def starter(
    *,
    scope: Scope | None,
    query: type[AskedT_co] | None = None,
    body: type[AskedT_co] | None = None,
    path: Mapping[str, parsing.Kind] | None = None,
    status: int = 202,
    also: tuple[int, ...] = (),
    file: File | None = None,
) -> Callable[[Handler[AskedT_co]], Starter]:
    """Like `endpoint`, for handlers that may start an orchestration after their commit."""

    def decorate(handler: Handler[AskedT_co]) -> Starter:
        contract = Contract(
            scope,
            query,
            body,
            status,
            path or {},
            "transaction",
            None,
            handler,
            also=also,
            file=file,
        )

        async def run(
            req: func.HttpRequest, client: df.DurableOrchestrationClient
        ) -> func.HttpResponse:
            exchange = Exchange(req, handler.__name__)
            with trace.under(exchange.trace_id):
                try:
                    turn = Turn(contract, exchange)
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
