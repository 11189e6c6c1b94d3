"""The id under which a request, its log lines, messages and error rows are found again."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from uuid import uuid4

from shared.platform.log import about

OURS = re.compile(r"[A-Za-z0-9_-]{8,64}")
W3C = re.compile(r"[0-9a-f]{2}-(?!0{32})(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")

_current: ContextVar[str | None] = ContextVar("trace", default=None)


def current() -> str | None:
    """The id of what is being done, if somebody began it under one."""
    return _current.get()


@contextmanager
def under(trace_id: str | None) -> Iterator[None]:
    """What is done inside is done for this request; lines logged inside say so, too."""
    token = _current.set(trace_id)
    try:
        with about(trace_id=trace_id) if trace_id else nullcontext():
            yield
    finally:
        _current.reset(token)


def of(headers: Mapping[str, str]) -> str:
    """The caller's id: `X-Trace-Id`, else that of a W3C `traceparent`; else a new one."""
    given = headers.get("X-Trace-Id", "")
    if OURS.fullmatch(given):
        return given
    parent = W3C.fullmatch(headers.get("traceparent", ""))
    return parent["trace"] if parent else uuid4().hex
