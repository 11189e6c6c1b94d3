"""Spans for what the host cannot see: SQL statements and calls to partners.

The host makes a span for each invocation and each orchestration and hands its context to us.
Outside of a recorded trace nothing is made, so that the hot paths pay nothing for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from opentelemetry import trace
from psycopg import Cursor
from psycopg.abc import Params, QueryNoTemplate
from psycopg.rows import Row

from shared.platform.sql import name_of

TRACER = trace.get_tracer("diamond-opus")


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """A call that leaves this process; what it raises marks the span."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with TRACER.start_as_current_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes):
        yield


def mark(**attributes: str | int | None) -> None:
    """Say of the current span, which may be the host's, what it is about."""
    span = trace.get_current_span()
    for name, value in attributes.items():
        if value is not None:
            span.set_attribute(name, value)


class TracedCursor(Cursor[Row]):
    """A span for each statement, under its query's name; values stay out of it."""

    def execute(  # type: ignore[override] # template strings are not used here
        self, query: QueryNoTemplate, params: Params | None = None, **options: Any
    ) -> Self:
        name = name_of(query) if isinstance(query, str) else "SQL"
        with span(name, **{"db.system.name": "postgresql"}):
            return super().execute(query, params, **options)
