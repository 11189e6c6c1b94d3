"""Spans as Azure's host makes them: one for each invocation and for each orchestration.

Contexts travel as W3C traceparents: into a function's own context, from the client's start request
into the orchestration, from there into its activities and children. Nothing is recorded unless
OTEL_EXPORTER_OTLP_ENDPOINT names a collector.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

KINDS = {"httpTrigger": trace.SpanKind.SERVER, "serviceBusTrigger": trace.SpanKind.CONSUMER}
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

_w3c = TraceContextTextMapPropagator()
_announced: ContextVar["Announced | None"] = ContextVar("announced", default=None)


@dataclass(frozen=True, slots=True)
class Announced:
    """Whose child a span will be, and its own name in the trace, long before it is recorded."""

    parent: str | None
    own: str

    @property
    def trace_id(self) -> int:
        return int(self.own.split("-")[1], 16)

    @property
    def span_id(self) -> int:
        return int(self.own.split("-")[2], 16)


class AnnouncedIds(RandomIdGenerator):
    """Gives a span the ids that its children already know."""

    def generate_trace_id(self) -> int:
        announced = _announced.get()
        return announced.trace_id if announced else super().generate_trace_id()

    def generate_span_id(self) -> int:
        announced = _announced.get()
        return announced.span_id if announced else super().generate_span_id()


def configure() -> None:
    """Send spans to the collector that the environment names, if any."""
    if os.environ.get(ENDPOINT):  # noqa: TID251 - the SDK's setting, not the app's
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - slow
            OTLPSpanExporter,
        )

        trace.set_tracer_provider(provider(OTLPSpanExporter()))


def provider(exporter: SpanExporter) -> TracerProvider:
    resource = Resource.create({"service.name": "diamond-opus"})
    made = TracerProvider(id_generator=AnnouncedIds(), resource=resource)
    made.add_span_processor(BatchSpanProcessor(exporter))
    return made


def close() -> None:
    """Send what is left."""
    current = trace.get_tracer_provider()
    if isinstance(current, TracerProvider):
        current.shutdown()


@contextmanager
def invocation(name: str, trigger: str, parent: str | None) -> Iterator[Context]:
    """The context in which a function runs; an orchestrator's turns are no spans of their own."""
    if trigger == "orchestrationTrigger":
        yield Context()
        return
    with _tracer().start_as_current_span(
        name, _context(parent), KINDS.get(trigger, trace.SpanKind.INTERNAL)
    ):
        yield context.get_current()


@contextmanager
def attached(to: Context) -> Iterator[None]:
    token = context.attach(to)
    try:
        yield
    finally:
        context.detach(token)


def failed(error: BaseException) -> None:
    """Mark the current span."""
    span = trace.get_current_span()
    span.record_exception(error)
    span.set_status(trace.StatusCode.ERROR, type(error).__name__)


def traceparent(of: Context) -> str | None:
    carrier: dict[str, str] = {}
    _w3c.inject(carrier, of)
    return carrier.get("traceparent")


def announce(parent: str | None) -> Announced:
    trace_id = parent.split("-")[1] if parent else secrets.token_hex(16)
    return Announced(parent, f"00-{trace_id}-{secrets.token_hex(8)}-01")


def record(announced: Announced, name: str, instance_id: str, began: datetime) -> None:
    """Record an announced span, which ends now."""
    token = _announced.set(announced)
    try:
        span = _tracer().start_span(
            name,
            _context(announced.parent),
            attributes={"durabletask.task.instance_id": instance_id},
            start_time=int(began.timestamp() * 1e9),
        )
    finally:
        _announced.reset(token)
    span.end()


def _context(parent: str | None) -> Context:
    return _w3c.extract({"traceparent": parent}, Context()) if parent else Context()


def _tracer() -> trace.Tracer:
    return trace.get_tracer("diamond-opus.host")
