"""A purchase in which something goes wrong, and a client who wants to know the outcome."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import uuid4

import httpx

from tests.support.killing.premises import AppDown, Premises
from tests.support.killing.troubles import CUSTOMER, STRIPE, SUPPLIER, nothing

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.3
SHOP = "http://shop.example.test"
MOVING = """
SELECT purchase.id::text
  FROM purchases AS purchase
 WHERE client_key = %s
   AND (next_look_at <= now()
        OR (order_status NOT IN ('completed', 'failed', 'cancelled')
            AND NOT EXISTS (SELECT FROM incidents
                             WHERE purchase_id = purchase.id AND decided_at IS NULL)))
UNION ALL
SELECT hold.id::text
  FROM holds AS hold JOIN purchases AS purchase ON purchase.hold_id = hold.id
 WHERE purchase.client_key = %s
   AND (hold.give_back OR hold.status = 'requesting'
        OR (hold.status = 'active' AND purchase.order_status IN ('failed', 'cancelled')))
"""
"""What has not come to rest, of the purchases under a key."""


@dataclass(frozen=True)
class Case:
    kind: Literal["partner", "checkout"] = "partner"
    supplier: str | None = None
    stripe: str | None = None
    """What troubles they make; none."""
    customer: str = "pays"
    kill_at: int | str | None = None
    """At which step, by its number from 0 or its beginning; None leaves the app alive."""


CASES = [
    Case("checkout"),
    Case("partner"),
    *(Case("partner", supplier) for supplier in SUPPLIER),
    *(Case("checkout", supplier) for supplier in SUPPLIER),
    *(Case("checkout", stripe=stripe) for stripe in STRIPE),
    *(Case("checkout", customer=customer) for customer in CUSTOMER if customer != "pays"),
    Case("checkout", "refuses the order", "loses the release's reply"),
    Case("checkout", "refuses the order", "breaks after the release"),
    Case("checkout", "loses the order's reply", "tells everything twice"),
]
"""The first without any trouble."""


@dataclass
class Told:
    """How a case went, as its client saw it."""

    case: Case
    key: str
    answer: int
    said: str
    steps: list[str]
    killed_at: str | None
    seconds: float


def go_through(premises: Premises, case: Case) -> Told:
    """Buy a stone, whatever happens, until nothing moves any more."""
    began, key = time.monotonic(), uuid4().hex
    _make_trouble(premises, case)
    premises.points.arm(case.kill_at)
    answer = _bought(premises, case, key)
    settle(premises, key)
    return Told(
        case=case,
        key=key,
        answer=answer.status_code,
        said=answer.text[:300],
        steps=premises.points.reached,
        killed_at=premises.points.killed_at,
        seconds=round(time.monotonic() - began, 1),
    )


def insist(premises: Premises, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask again until there is an answer, as a careful client does under its key."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(AppDown):
            premises.revive()
            answer = ask()
            if not _come_back(answer):
                return answer
        if time.monotonic() > deadline:
            raise TimeoutError("the app gives no answer")
        time.sleep(PAUSE_SECONDS)


def settle(premises: Premises, key: str) -> None:
    """Let the clock work until the purchase has ended or waits for a person, and all is told."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while premises.stripe.server.untold() or premises.rows(MOVING, key, key):
        if time.monotonic() > deadline:
            return  # the books will show it
        with suppress(AppDown):
            premises.revive()
            premises.hurry()
        time.sleep(PAUSE_SECONDS)


def _make_trouble(premises: Premises, case: Case) -> None:
    nothing(premises)
    for trouble in (SUPPLIER.get(case.supplier or ""), STRIPE.get(case.stripe or "")):
        if trouble:
            trouble(premises)


def _bought(premises: Premises, case: Case, key: str) -> httpx.Response:
    stone, headers = premises.stone(), {"Idempotency-Key": key}
    ask = partial(premises.ask, "POST", headers=headers)
    if case.kind == "partner":
        return insist(premises, lambda: ask(f"diamonds/{stone}/purchase", json={}))
    wanted = {
        "diamondId": str(stone),
        "currency": "CAD",
        "successUrl": f"{SHOP}/thanks",
        "cancelUrl": f"{SHOP}/cart",
    }
    answer = insist(premises, lambda: ask("checkout", json=wanted))
    if answer.is_success:
        page = answer.json()["data"]["checkoutUrl"]
        CUSTOMER[case.customer](premises, page, page.rpartition("/")[2])
    return answer


def _come_back(answer: httpx.Response) -> bool:
    if answer.is_server_error:
        return True
    conflict = answer.status_code == httpx.codes.CONFLICT
    return conflict and answer.json()["error"]["code"] == "IDEMPOTENCY_IN_PROGRESS"
