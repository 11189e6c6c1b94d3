"""The payment page in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support import browser
from tests.support.partners import serving
from tests.support.stripe import Running, session_of

pytestmark = pytest.mark.skipif(browser.missing() is not None, reason=str(browser.missing()))

GOOD, DECLINED, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184"
PAY = ("click", "button[type=submit]")


async def _page(request: Request) -> Response:
    return PlainTextResponse(f"the shop's page {request.url.path}")


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with serving(Starlette(routes=[Route("/{path}", _page)])) as url:
        yield url


@pytest.fixture
def session(client: stripe.StripeClient, shop: str) -> stripe.checkout.Session:
    thanks = f"{shop}/thanks?session_id={{CHECKOUT_SESSION_ID}}"
    return client.v1.checkout.sessions.create(
        session_of(success_url=thanks, cancel_url=f"{shop}/cart")
    )


def filled(card: str) -> list[tuple[Any, ...]]:
    return [
        ("fill", "#cardNumber", card),
        ("fill", "#cardExpiry", "12 / 40"),
        ("fill", "#cardCvc", "123"),
        ("fill", "#billingName", "Avery Tremblay"),
    ]


def opened(session: stripe.checkout.Session) -> list[tuple[Any, ...]]:
    return [("goto", session.url), ("fill", "#email", "buyer@example.test")]


def test_a_customer_pays_and_is_back_in_the_shop(
    session: stripe.checkout.Session, shop: str, running: Running
) -> None:
    seen = browser.visit(*opened(session), *filled(GOOD), PAY)

    assert seen.url == f"{shop}/thanks?session_id={session.id}"
    assert seen.text == "the shop's page /thanks"
    assert running.books()["totals"]["authorised"] == 189_900


def test_a_customer_whose_card_is_declined_sees_why_and_takes_another(
    session: stripe.checkout.Session, running: Running
) -> None:
    steps = [*opened(session), *filled(DECLINED), PAY]

    refused = browser.visit(*steps)
    seen = browser.visit(*steps, ("waitForSelector", "[role=alert]"), *filled(GOOD), PAY)

    assert "Your card was declined." in refused.text
    assert seen.text == "the shop's page /thanks"
    assert running.books()["totals"]["authorised"] == 189_900


def test_a_customer_whose_bank_asks_says_yes(
    session: stripe.checkout.Session, running: Running
) -> None:
    agree = ("click", "#test-source-authorize-3ds")

    seen = browser.visit(*opened(session), *filled(ASKS), PAY, agree)

    assert seen.text == "the shop's page /thanks"
    assert running.books()["totals"]["authorised"] == 189_900


def test_a_customer_who_turns_back_pays_nothing(
    session: stripe.checkout.Session, running: Running
) -> None:
    seen = browser.visit(*opened(session), ("click", "#back"))

    assert seen.text == "the shop's page /cart"
    assert running.books()["charges"] == []
