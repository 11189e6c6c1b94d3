"""A caller who asks the handlers directly, and how long each answer took."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import azure.functions as func

from bench.storefront import Params
from http_api import answers
from shared.access import service
from shared.access.model import Scope
from shared.platform import db


class Took(NamedTuple):
    """Milliseconds: of a query, of a bare round trip just before it, and of processor time."""

    wall: float
    bare: float
    cpu: float
    gave_up: bool
    """It took longer than a request may."""


def milliseconds(clock: Callable[[], float], work: Callable[[], Any]) -> float:
    began = clock()
    work()
    return (clock() - began) * 1000


def percentile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


def figures(taken: Sequence[Took]) -> dict[str, float]:
    """`app_cpu` is what the query took of a processor in this process, whoever else computes."""
    return {
        "p50": percentile((each.wall for each in taken), 0.5),
        "p95": percentile((each.wall for each in taken), 0.95),
        "bare_p50": percentile((each.bare for each in taken), 0.5),
        "bare_p95": percentile((each.bare for each in taken), 0.95),
        "round_trips": round(
            statistics.median(each.wall for each in taken)
            / statistics.median(each.bare for each in taken),
            1,
        ),
        "app_cpu_p50": percentile((each.cpu for each in taken), 0.5),
    } | ({"gave_up": late} if (late := sum(each.gave_up for each in taken)) else {})


class GaveUp(Exception):
    """The statement took longer than a request may: 503, as a caller gets it."""


def handled(handler: Callable[[func.HttpRequest], func.HttpResponse], req: Any) -> bytes:
    response = handler(req)
    if response.status_code == 503:  # noqa: PLR2004
        raise GaveUp
    if response.status_code != 200:  # noqa: PLR2004
        raise AssertionError(response.get_body().decode())
    body: bytes = response.get_body()
    return body


class Shop:
    """A caller with a key, straight into the handlers."""

    def __init__(self) -> None:
        with db.transaction() as conn:
            issued = service.issue(conn, client_name="bench", scopes=[Scope.DIAMONDS_READ])
        self.headers = {"X-API-Key": issued.secret}

    def request(self, params: Params, route: Params | None = None) -> func.HttpRequest:
        return func.HttpRequest(
            "GET",
            "http://bench/api",
            params=params,
            route_params=route or {},
            headers=self.headers,
            body=b"",
        )

    def ask(self, function: Any, params: Params, route: Params | None = None) -> bytes:
        handler = function._function.get_user_function()  # noqa: SLF001 - as the host does
        return handled(handler, self.request(params, route))

    def time(self, function: Any, params: Params, route: Params | None = None) -> Took:
        """One query, uncached, and a bare round trip under the same load."""
        answers.cache.clear()
        bare = milliseconds(time.perf_counter, bare_round_trip)
        used = time.process_time()
        gave_up = False

        def ask() -> None:
            nonlocal gave_up
            try:
                self.ask(function, params, route)
            except GaveUp:
                gave_up = True

        wall = milliseconds(time.perf_counter, ask)
        return Took(wall, bare, (time.process_time() - used) * 1000, gave_up)


def bare_round_trip() -> None:
    """As every request begins and ends: a transaction around one statement."""
    with db.request_transaction() as conn:
        conn.execute("SELECT 1").fetchone()
