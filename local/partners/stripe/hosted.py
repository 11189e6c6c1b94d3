"""The addresses a customer's browser visits: pay, authenticate, and back to the shop."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local.partners.stripe import checkout, page
from local.partners.stripe.cards import Decline
from local.partners.stripe.checkout import Typed
from local.partners.stripe.desk import Desk, Json
from local.partners.stripe.store import Store


class Hosted:
    def __init__(self, store: Store, desk: Callable[[], Desk], done: Callable[[], None]) -> None:
        self._store = store
        self._desk = desk
        self._done = done

    def routes(self) -> list[Route]:
        return [
            Route("/c/pay/{which}", self.pay, methods=["GET", "POST"]),
            Route("/c/pay/{which}/authenticate", self.authenticate, methods=["GET", "POST"]),
            Route("/shop/{where}", _shop, methods=["GET"]),
        ]

    async def pay(self, request: Request) -> Response:
        typed = dict(parse_qsl((await request.body()).decode()))
        with self._store.transaction():
            desk = self._desk()
            session = desk.store.find(request.path_params["which"])
            if session is None or session["status"] != "open":
                return _over(session)
            if request.method == "GET":
                return HTMLResponse(page.payment(session, None, typed))
            url = f"{request.url}/authenticate"
            decline = checkout.pay(desk, session, _fields(typed), url)
        return self._paid(session, decline, typed, url)

    async def authenticate(self, request: Request) -> Response:
        outcome = dict(parse_qsl((await request.body()).decode())).get("outcome")
        with self._store.transaction():
            desk = self._desk()
            session = desk.store.find(request.path_params["which"])
            if session is None or session["status"] != "open":
                return _over(session)
            if request.method == "GET":
                return HTMLResponse(page.authentication(session))
            decline = checkout.authenticate(desk, session, succeeded=outcome == "complete")
        return self._paid(session, decline, {}, "")

    def _paid(
        self, session: Json, decline: Decline | None, typed: dict[str, str], url: str
    ) -> Response:
        self._done()
        if decline:
            return HTMLResponse(page.payment(session, decline.message, typed), 402)
        if session["status"] == "open":
            return RedirectResponse(url, 303)
        back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        return RedirectResponse(back, 303)


async def _shop(request: Request) -> Response:
    return HTMLResponse(page.shop(request.path_params["where"]))


def _over(session: Json | None) -> Response:
    if session is None:
        return HTMLResponse(page.unknown(), 404)
    return HTMLResponse(page.ended(session), 410)


def _fields(typed: dict[str, str]) -> Typed:
    """`billingPostalCode` is `billing_postal_code` with us."""
    snake = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): text for name, text in typed.items()}
    return Typed.model_validate(snake)
