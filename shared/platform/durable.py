"""Durable Functions with types: the only file that knows how payloads cross the wire.

Activities take and return frozen models; orchestrators call them by reference and get the
result's model back. An activity raises only what a retry can cure and returns what is decided.
"""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any, TypeVar, get_type_hints

import azure.durable_functions as df

from shared.platform.log import about
from shared.platform.metrics import ACTIVITIES
from shared.platform.payload import Payload
from shared.platform.telemetry import mark

Request = TypeVar("Request", bound=Payload)
Result = TypeVar("Result", bound=Payload)
Outcome = TypeVar("Outcome")
Step = Generator[Any, Any, Outcome]
INSTANCE = "durable_instance"
Orchestrator = Callable[[df.DurableOrchestrationContext], Generator[Any, Any, dict[str, Any]]]


def activity(
    bp: df.Blueprint,
) -> Callable[[Callable[[Request], Result]], Callable[[Request], Result]]:
    """Register a typed function as an activity; the name stays the plain function."""

    def register(function: Callable[[Request], Result]) -> Callable[[Request], Result]:
        model = _request_of(function)

        # The worker refuses parameterised generics here, hence the bare dict.
        def run(request: dict) -> dict:  # type: ignore[type-arg]
            instance_id = request.pop(INSTANCE, None)
            asked = model.model_validate(request)
            ids = {"instance_id": instance_id} | _ids_of(asked)
            mark(**ids)
            with about(**ids), ACTIVITIES.during(activity=function.__name__):
                return function(asked).model_dump(mode="json")

        run.__name__ = function.__name__
        bp.activity_trigger(input_name="request")(run)
        return function

    return register


def received(context: df.DurableOrchestrationContext, model: type[Request]) -> Request:
    """The input this orchestration was started with."""
    given = context.get_input()
    return (
        model.model_validate_json(given) if isinstance(given, str) else model.model_validate(given)
    )


def call(
    context: df.DurableOrchestrationContext,
    function: Callable[[Request], Result],
    request: Request,
) -> Step[Result]:
    answer = yield context.call_activity(function.__name__, _wire(context, request))
    return _result_of(function).model_validate(answer)


def call_with_retry(
    context: df.DurableOrchestrationContext,
    function: Callable[[Request], Result],
    request: Request,
    *,
    every: timedelta,
    attempts: int,
) -> Step[Result]:
    """Wait for an activity that may be tried again.

    Only ever yielded on its own: inside task_any or a fan-out that may fail, the SDK and the
    extension number the retries differently and results land in the wrong place.
    """
    options = df.RetryOptions(int(every.total_seconds() * 1000), attempts)
    answer = yield context.call_activity_with_retry(
        function.__name__, options, _wire(context, request)
    )
    return _result_of(function).model_validate(answer)


def child(
    context: df.DurableOrchestrationContext,
    name: str,
    request: Payload,
    *,
    instance_id: str,
) -> Any:
    """Schedule a sub-orchestration; its id is readable and the same at every replay."""
    return context.call_sub_orchestrator(name, request.model_dump(mode="json"), instance_id)


def _wire(context: df.DurableOrchestrationContext, request: Payload) -> dict[str, Any]:
    """An activity cannot ask the host whose step it is, so that it is told."""
    return request.model_dump(mode="json") | {INSTANCE: context.instance_id}


def _ids_of(request: Payload) -> dict[str, str]:
    return {name: str(value) for name, value in request if name.endswith("_id")}


def _request_of(function: Callable[[Request], Result]) -> type[Request]:
    hints = get_type_hints(function)
    (request,) = [hint for name, hint in hints.items() if name != "return"]
    model: type[Request] = request
    return model


def _result_of(function: Callable[[Request], Result]) -> type[Result]:
    model: type[Result] = get_type_hints(function)["return"]
    return model
