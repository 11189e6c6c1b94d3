"""Outgoing HTTP: one way to say what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from shared.platform.errors import Terminal, Transient

TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408
SERVER_ERROR = 500


@contextmanager
def translated(partner: str) -> Iterator[None]:
    """Say httpx's failures in our words: what a retry can cure is Transient, the rest Terminal."""
    try:
        yield
    except httpx.TransportError as error:
        raise Transient(f"{partner} is not reachable: {error}") from error
    except httpx.HTTPStatusError as error:
        raise _refused(partner, error.response) from error
    except httpx.DecodingError as error:
        raise Transient(f"{partner} sent an unreadable body: {error}") from error


def _refused(partner: str, response: httpx.Response) -> Transient | Terminal:
    text = f"{partner} answered {response.status_code}: {response.text[:200]}"
    code = response.status_code
    if code in (TOO_MANY_REQUESTS, REQUEST_TIMEOUT) or code >= SERVER_ERROR:
        return Transient(text, retry_after=retry_after(response))
    return Terminal(text)


def retry_after(response: httpx.Response) -> float | None:
    """The Retry-After header in seconds; its date form is rare enough to ignore."""
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None
