"""Errors counted by what they are, not by the ids and numbers in their words."""

import hashlib
import re
from typing import Any

from psycopg import Connection

from shared.notifications import queries
from shared.platform import trace

VARYING = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    r"|'[^']*'|\"[^\"]*\""  # what somebody sent
    r"|\b[0-9a-f]{16,}\b"  # a hash
    r"|\d+(?:[.:T+-]\d+)*",  # a number, a time, a price
    re.IGNORECASE,
)
MESSAGE_LIMIT = 2_000


def record(conn: Connection, service: str, message: str, **context: Any) -> None:
    """Count an error of a service; its latest message and context are kept as a sample."""
    if (trace_id := trace.current()) is not None:
        context = {"trace_id": trace_id} | context
    queries.record_error(
        conn,
        service=service,
        fingerprint=fingerprint(message),
        message=message[:MESSAGE_LIMIT],
        context={name: str(value) for name, value in context.items()},
    )


def fingerprint(message: str) -> str:
    """The same for messages that differ only in ids, numbers, times and quotations."""
    alike = VARYING.sub("#", message[:MESSAGE_LIMIT])
    return hashlib.sha256(alike.encode()).hexdigest()[:16]
