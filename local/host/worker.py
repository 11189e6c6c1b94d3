"""Calls the app's functions: sync ones on a thread pool, async ones on a loop of their own.

User code never runs on the host's loop, so a function that blocks cannot stop the host, and the
durable client, which calls the host over HTTP, cannot wait for itself.
"""

import asyncio
import concurrent.futures
import inspect
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum
from opentelemetry.context import Context

from local.host import tracing
from local.host.index import Function
from local.host.log import INVOCATION

log = logging.getLogger("host.invocation")
MACHINERY = (str(Path(__file__).parent), str(Path(concurrent.futures.__file__).parent))
QUIET = {"activityTrigger", "orchestrationTrigger"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an invocation: the encoded return value and outputs, or the error."""

    invocation_id: str = ""
    value: Any = None
    outputs: Mapping[str, Datum] = field(default_factory=dict)
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class TraceContext:
    trace_parent: str | None
    trace_state: str = ""


@dataclass(slots=True)
class InvocationContext:
    """What a function sees as its `context`."""

    invocation_id: str
    function_name: str
    function_directory: str
    trace_context: Any = None
    retry_context: Any = None
    thread_local_storage: threading.local = field(default_factory=threading.local)


class Out(func.Out[Any]):
    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class Worker:
    def __init__(self, threads: int, timeout: float | None) -> None:
        self._timeout = timeout
        self._pool = concurrent.futures.ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="async-functions", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def invoke(
        self,
        function: Function,
        given: Mapping[str, Datum],
        metadata: Mapping[str, Datum],
        traceparent: str | None = None,
    ) -> Outcome:
        """Call a function and report how it went; only the host's own bugs are raised."""
        began = time.perf_counter()
        with tracing.invocation(function.name, function.type, traceparent) as context:
            call = Call(function, str(uuid.uuid4()), given, metadata, context)
            outcome = await self._settle(function, call)
            if outcome.error:
                tracing.failed(outcome.error)
        report(function, outcome, (time.perf_counter() - began) * 1000)
        return outcome

    async def _settle(self, function: Function, call: "Call") -> Outcome:
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:
                value, outputs = await self._run(function, call)
        except Exception as error:  # noqa: BLE001 - user code may raise anything; it is reported
            if not limit.expired():
                return Outcome(call.invocation_id, error=error)
            text = f"Timeout value of {self._timeout:g} s was exceeded by function {function.name}"
            return Outcome(call.invocation_id, error=TimeoutError(text))
        return Outcome(call.invocation_id, value, outputs)

    async def _run(self, function: Function, call: "Call") -> tuple[Any, dict[str, Datum]]:
        if inspect.iscoroutinefunction(function.call):
            return await asyncio.wrap_future(
                asyncio.run_coroutine_threadsafe(call.run_async(), self._loop)
            )
        return await asyncio.get_running_loop().run_in_executor(self._pool, call.run)


@dataclass(frozen=True, slots=True)
class Call:
    function: Function
    invocation_id: str
    given: Mapping[str, Datum]
    metadata: Mapping[str, Datum]
    context: Context

    def run(self) -> tuple[Any, dict[str, Datum]]:
        with self._named():
            arguments, outs = self._arguments()
            return self._results(self.function.call(**arguments), outs)

    async def run_async(self) -> tuple[Any, dict[str, Datum]]:
        with self._named():
            arguments, outs = self._arguments()
            return self._results(await self.function.call(**arguments), outs)

    @contextmanager
    def _named(self) -> Iterator[None]:
        during = INVOCATION.during(self.function.name, self.invocation_id)
        with tracing.attached(self.context), during:
            yield

    def _arguments(self) -> tuple[dict[str, Any], dict[str, Out]]:
        """Decode what is given with the SDK's own converters."""
        converters = self.function.converters
        arguments: dict[str, Any] = {
            name: converters[name].decode(data, trigger_metadata=self.metadata)
            for name, data in self.given.items()
        }
        outs = {
            binding["name"]: Out()
            for binding in self.function.bindings
            if binding["direction"] == "OUT" and binding["name"] != "$return"
        }
        if self.function.wants_context:
            arguments["context"] = InvocationContext(
                self.invocation_id,
                self.function.name,
                self.function.directory,
                TraceContext(tracing.traceparent(self.context)),
            )
        return arguments | outs, outs

    def _results(self, value: Any, outs: dict[str, Out]) -> tuple[Any, dict[str, Datum]]:
        converters = self.function.converters
        outputs = {
            name: converters[name].encode(out.get(), expected_type=None)
            for name, out in outs.items()
            if out.get() is not None
        }
        returned = converters.get("$return")
        if returned is None and self.function.type in QUIET:
            returned = converters[self.function.trigger["name"]]  # the implicit output
        if returned is not None:
            skip = value is None and self.function.type not in QUIET
            return None if skip else returned.encode(value, expected_type=None), outputs
        if value is not None:
            raise RuntimeError(
                f"function {self.function.name!r} without a $return binding returned a value"
            )
        return None, outputs


def report(function: Function, outcome: Outcome, milliseconds: float) -> None:
    fields = {
        "function": function.name,
        "invocation": outcome.invocation_id,
        "ms": round(milliseconds, 1),
    }
    quiet = function.type in QUIET
    if outcome.error is None:
        log.log(logging.DEBUG if quiet else logging.INFO, "done", extra={"told": fields})
    elif function.type != "orchestrationTrigger":  # those fail as instances, not as calls
        fields["error"] = f"{type(outcome.error).__name__}: {outcome.error}"
        shown = not quiet or log.isEnabledFor(logging.DEBUG)
        level = logging.WARNING if quiet else logging.ERROR
        trace = (type(outcome.error), outcome.error, own_frames(outcome.error)) if shown else None
        log.log(level, "failed", extra={"told": fields}, exc_info=trace)


def own_frames(error: BaseException) -> TracebackType | None:
    """Skip the host's frames, which are above the app's."""
    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename.startswith(MACHINERY):
        frames = frames.tb_next
    return frames
