"""Outgoing HTTP: one way to say what went wrong, one way to try again."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from shared.platform.db import waits_for_nobody
from shared.platform.errors import Terminal, Transient
from shared.platform.metrics import PARTNERS
from shared.platform.telemetry import span

TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408
SERVER_ERROR = 500


@contextmanager
def translated(
    partner: str,
    *,
    transient: type[Transient] = Transient,
    terminal: type[Terminal] = Terminal,
) -> Iterator[None]:
    """Say httpx's failures in our words: what a retry can cure is transient, the rest terminal."""
    waits_for_nobody()
    try:
        with PARTNERS.during(partner=partner), span(partner):
            yield
    except httpx.HTTPStatusError as error:
        text = f"{partner} answered {error.response.status_code}: {error.response.text[:200]}"
        if worth_another_try(error.response):
            raise transient(text, retry_after=retry_after(error.response)) from error
        raise terminal(text) from error
    except httpx.TransportError as error:
        raise transient(f"{partner} is not reachable: {error}") from error
    except httpx.DecodingError as error:
        raise transient(f"{partner} sent an unreadable body: {error}") from error
    except httpx.HTTPError as error:
        raise terminal(f"{partner} cannot be spoken to: {error}") from error


def patiently(*, attempts: int, longest_wait: float) -> Retrying:
    """Try again what is Transient, ever later and as they ask; a longer wait is the caller's."""
    backoff = wait_exponential_jitter(multiplier=0.2, max=longest_wait, jitter=0.2)

    def asked_for(state: RetryCallState) -> float | None:
        error = state.outcome.exception() if state.outcome else None
        return error.retry_after if isinstance(error, Transient) else None

    def given_up(state: RetryCallState) -> bool:
        return state.attempt_number >= attempts or (asked_for(state) or 0) > longest_wait

    return Retrying(
        retry=retry_if_exception_type(Transient),
        stop=given_up,
        wait=lambda state: max(backoff(state), asked_for(state) or 0),
        reraise=True,
    )


def worth_another_try(response: httpx.Response) -> bool:
    code = response.status_code
    return code in (TOO_MANY_REQUESTS, REQUEST_TIMEOUT) or code >= SERVER_ERROR


def retry_after(response: httpx.Response) -> float | None:
    """The Retry-After header in seconds; its date form is rare enough to ignore."""
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdigit() else None
