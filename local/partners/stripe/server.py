"""Stripe over HTTP: the API, the payment page, and the strings behind the scenes."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.partners.stripe import agenda
from local.partners.stripe.admin import Admin
from local.partners.stripe.calls import Counter
from local.partners.stripe.deliveries import Deliveries
from local.partners.stripe.desk import Desk
from local.partners.stripe.faults import Faults
from local.partners.stripe.hosted import Hosted
from local.partners.stripe.operations import OPERATIONS, Operation, endpoint_of
from local.partners.stripe.refused import Refused
from local.partners.stripe.store import Store

SECRET_KEY = "sk_test_local"  # noqa: S105 - opens this Stripe only
HOOK_SECRET = "whsec_local"  # noqa: S105 - as above
OUR_HOOK = "we_local"


class Server:
    """Between `with` and its end events are delivered."""

    def __init__(self, file: Path | str = ":memory:", secret_key: str = SECRET_KEY) -> None:
        self.store = Store(file)
        self.faults = Faults()
        self._counter = Counter(self.store, secret_key)
        self._deliveries = Deliveries(self.store, lambda: self.admin.knobs, self._hear)
        self.admin = Admin(self.store, self.faults, self.desk, self._deliveries.wake)
        self._hosted = Hosted(self.store, self.desk, self._deliveries.wake)

    def hook(self, url: str, secret: str = HOOK_SECRET) -> None:
        """Deliver all events there from now on."""
        self.store.put(endpoint_of(OUR_HOOK, url, ["*"], secret, int(time.time())))

    def desk(self) -> Desk:
        return Desk(self.store, int(time.time()), late=self.admin.knobs.late_seconds)

    def untold(self) -> int:
        """How many events are still on their way, those of refunds a bank has yet to settle too."""
        with self.store.transaction():
            agenda.catch_up(self.desk())
        waiting = sum(not delivery.ended for delivery in self.store.deliveries())
        return waiting + self.store.planned("settle")

    def application(self) -> Starlette:
        routes = [_route(operation, self._serve(name)) for name, operation in OPERATIONS.items()]
        return Starlette(
            routes=[*routes, *self._hosted.routes(), *self.admin.routes()],
            exception_handlers={404: _unknown, Refused: _refused},
        )

    def __enter__(self) -> Self:
        self._deliveries.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deliveries.stop()
        self.store.close()

    def _serve(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            with self.store.transaction():
                agenda.catch_up(self.desk())
            fault = self.faults.next(name)
            answer = await self._counter.serve(request, OPERATIONS[name], self.desk(), fault)
            self._deliveries.wake()
            return answer

        return serve

    def _hear(self) -> bool:
        """Whether an attempt arrives."""
        knobs = self.admin.knobs
        if not knobs.unheard:
            return True
        self.admin.knobs = knobs.model_copy(update={"unheard": knobs.unheard - 1})
        return False


def _route(operation: Operation, serve: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(operation.path, serve, methods=[operation.method])


async def _unknown(request: Request, error: Exception) -> Response:  # noqa: ARG001
    where = f"{request.method}: {request.url.path}"
    message = f"Unrecognized request URL ({where}). This Stripe knows no such endpoint."
    return JSONResponse(Refused(404, message).body, 404)


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, Refused)  # noqa: S101 - what this handler is for
    return JSONResponse(error.body, error.status)
