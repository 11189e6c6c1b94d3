"""The page of an order: every step with its time, for whoever has the link and nobody else."""

import asyncio
import base64
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from http_api.customer_requests import ask_about_order
from http_api.documentation import asset
from http_api.orders import get_order, read_order
from http_api.purchases import cancel_purchase, get_purchase, purchase_diamond, refund_purchase
from shared.platform import clock, db
from shared.purchases import links
from tests.conftest import AppSettings
from tests.support import browser, nivoda
from tests.support.http import Answered, call
from tests.support.partners import serving
from tests.support.till import Till
from tests.support.till import till as opened_till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

MASTER = "a key that other secrets are made from"
COMPLETED = ("completed", "captured")


@pytest.fixture
def till(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Till]:
    """A shop that takes cards and can sign links."""
    assert app_database
    with opened_till(premises, app_settings, ACCESS_SIGNING_KEY=MASTER) as taking:
        yield taking


def token(till: Till) -> str:
    found: str = till.begin(email="buyer@example.test").body["data"]["orderPage"]
    return found.partition("#")[2]


def look(shown: str | None) -> Answered:
    return call(get_order, headers={} if shown is None else {"X-Order-Token": shown})


def sold(till: Till) -> str:
    begun = till.begin().body["data"]
    till.stripe.pay(begun["checkoutUrl"])
    till.settles(COMPLETED)
    return str(begun["orderPage"]).partition("#")[2]


def names(order: dict[str, Any]) -> list[str]:
    return [step["step"] for step in order["steps"]]


def test_a_customer_follows_an_order_with_nothing_but_its_link(till: Till) -> None:
    link = token(till)

    waiting = look(link).body["data"]
    till.stripe.pay(waiting["payAt"])
    till.settles(COMPLETED)
    done = look(link).body["data"]

    assert (waiting["status"], names(waiting)) == ("awaiting_payment", ["received"])
    assert done["status"] == "completed"
    assert names(done) == ["received", "payment_authorised", "ordered", "paid", "completed"]
    times = [datetime.fromisoformat(step["at"]) for step in done["steps"]]
    assert times == sorted(times)
    assert done["paid"] == done["price"]
    assert done["payAt"] is None
    assert done["stone"]["id"] == str(till.shop.stone())


def test_what_went_back_is_shown_with_its_amount(till: Till) -> None:
    link = sold(till)
    body = {"amount": 5, "reason": "a scratch"}
    till.shop.ask(refund_purchase, body=body, purchase_id=till.purchase()["id"])
    till.wait(lambda: till.later() or till.purchase()["refunded_cents"] == 500)  # type: ignore[func-returns-value]

    order = look(link).body["data"]

    assert order["refunded"] == 5
    assert [(one["amount"], one["status"]) for one in order["refunds"]] == [(5, "succeeded")]
    assert [(step["step"], step["amount"]) for step in order["steps"][-2:]] == [
        ("refund_requested", 5),
        ("refunded", 5),
    ]


def test_nothing_personal_nothing_of_the_supplier_and_no_reasons_are_told(till: Till) -> None:
    link = sold(till)
    purchase = till.purchase()

    told = look(link).raw.decode()

    secrets = (purchase["supplier_order_id"], purchase["payment_intent_id"], str(purchase["id"]))
    people = ("buyer@example.test", "Avery", "K1A", "a shop")
    for word in (*secrets, *people, "supplier", "cost", "feed"):
        assert word not in told


def test_a_cancelled_order_ends_on_its_page(till: Till) -> None:
    link = token(till)
    till.shop.ask(cancel_purchase, body={"reason": "left"}, purchase_id=till.purchase()["id"])

    order = look(link).body["data"]

    assert (order["status"], names(order)) == ("ended", ["received", "cancelled"])


def altered(link: str, place: int) -> str:
    content = bytearray(base64.urlsafe_b64decode(link))
    content[place] ^= 1
    return base64.urlsafe_b64encode(bytes(content)).decode()


def test_every_link_that_does_not_hold_is_refused_alike_and_looks_nothing_up(
    till: Till, app_settings: AppSettings
) -> None:
    link = token(till)
    wrong = [
        None,
        "",
        "x" * 48,
        link[:-4],
        f"{link}AAAA",
        f"{link[:47]}\n",
        str(till.purchase()["id"]),
        *(altered(link, place) for place in (0, 15, 16, 19, 20, 35)),
    ]
    app_settings(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")

    answers = [look(one) for one in wrong]

    assert {one.status for one in answers} == {404}
    told = [{k: v for k, v in one.error.items() if k != "traceId"} for one in answers]
    assert all(one == told[0] for one in told)


def test_a_link_ends(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    link = token(till)
    later = datetime.now(UTC) + timedelta(days=401)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert look(link).status == 404


def test_links_outlive_a_new_key_while_the_old_one_counts(
    till: Till, app_settings: AppSettings
) -> None:
    link = token(till)

    app_settings(ACCESS_SIGNING_KEY=MASTER[::-1], ACCESS_SIGNING_KEY_PREVIOUS=MASTER)
    kept = look(link).status
    app_settings(ACCESS_SIGNING_KEY_PREVIOUS="")

    assert (kept, look(link).status) == (200, 404)


def test_without_a_key_to_sign_with_there_are_no_links(
    till: Till, app_settings: AppSettings
) -> None:
    app_settings(ACCESS_SIGNING_KEY="")

    assert till.begin().body["data"]["orderPage"] is None


def test_one_purchase_has_one_link_wherever_it_is_told(till: Till) -> None:
    begun = till.begin().body["data"]
    headers = till.shop.key | {"Idempotency-Key": "another"}
    bought = till.shop.ask(purchase_diamond, body={}, key=headers, diamond_id=till.shop.stone(1))

    seen = till.shop.ask(get_purchase, "GET", purchase_id=begun["purchaseId"]).body["data"]

    assert seen["orderPage"] == begun["orderPage"]
    assert bought.body["data"]["orderPage"] != begun["orderPage"]


def test_one_link_may_be_asked_often_but_not_endlessly(till: Till) -> None:
    link = token(till)

    first = look(link).status
    till.shop.run("UPDATE request_budgets SET tokens = 0, filled_at = now() + interval '1 hour'")

    assert (first, look(link).status) == (200, 429)


def test_a_token_is_no_guess_away_from_another(till: Till) -> None:
    till.begin(0)
    till.begin(1)
    with db.transaction() as conn:
        rows = conn.execute("SELECT id FROM purchases ORDER BY number").fetchall()
    assert len(rows) == 2
    content = [base64.urlsafe_b64decode(_token(till, row[0])) for row in rows]
    differing = [a ^ b for a, b in zip(content[0][-16:], content[1][-16:], strict=True)]
    assert sum(byte.bit_count() for byte in differing) > 16


def _token(till: Till, purchase_id: Any) -> str:
    seen = till.shop.ask(get_purchase, "GET", purchase_id=purchase_id).body["data"]
    found = str(seen["orderPage"]).partition("#")[2]
    assert links.purchase_of(found) == purchase_id
    return found


@pytest.mark.skipif(
    browser.missing() is not None or not shutil.which("node"), reason=str(browser.missing())
)
def test_the_page_shows_the_order_in_a_browser_by_its_own_files_alone(till: Till) -> None:
    link = sold(till)
    with serving(Starlette(routes=PAGES)) as url:
        seen = browser.visit(
            ("goto", f"{url}/api/orders#{link}"),
            ("waitForSelector", "text=Order completed"),
            ("fill", "textarea", "When does it come?"),
            ("click", "button"),
            ("waitForSelector", "text=When does it come? (waiting for us)"),
        )
        strange = browser.visit(
            ("goto", f"{url}/api/orders#{'x' * 48}"), ("waitForSelector", "text=There is no order")
        )

    number = till.purchase()["order_number"]
    assert number in seen.text
    assert "Your diamond is ordered and paid for." in seen.text
    assert number not in strange.text


def page(request: Request) -> Response:
    assert request.method == "GET"
    said = call(read_order)
    policy = {"Content-Security-Policy": said.headers["Content-Security-Policy"]}
    return Response(said.raw, media_type="text/html", headers=policy)


def order(request: Request) -> Response:
    said = look(request.headers.get("X-Order-Token"))
    return Response(said.raw, said.status, media_type="application/json")


async def ask(request: Request) -> Response:
    shown = {"X-Order-Token": request.headers["X-Order-Token"]}
    body = await request.body()
    said = await asyncio.to_thread(call, ask_about_order, "POST", headers=shown, body=body)
    return Response(said.raw, said.status, media_type="application/json")


def file(request: Request) -> Response:
    found = asset(request.path_params["name"], func.HttpRequest("GET", "/", body=b""))
    return Response(found.get_body(), media_type=found.mimetype)


PAGES = [
    Route("/api/orders", page),
    Route("/api/v2/order", order),
    Route("/api/v2/order/requests", ask, methods=["POST"]),
    Route("/api/docs/{name}", file),
]
