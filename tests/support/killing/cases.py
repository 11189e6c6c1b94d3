"""A purchase in which something goes wrong, and a client who wants to know the outcome."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import uuid4

import httpx

from tests.support.killing.patience import insist, settle
from tests.support.killing.premises import Premises
from tests.support.killing.sequels import SEQUELS
from tests.support.killing.troubles import (
    CLOSING,
    CUSTOMER,
    LINGERING,
    REFUNDING,
    RELEASING,
    STRIPE,
    SUPPLIER,
    TAKING_BACK,
    TROUBLES,
    nothing,
)

SHOP = "http://shop.example.test"


@dataclass(frozen=True)
class Case:
    kind: Literal["partner", "checkout"] = "partner"
    supplier: str | None = None
    stripe: str | None = None
    """What troubles they make; none."""
    customer: str = "pays"
    kill_at: int | str | None = None
    """At which step, by its number from 0 or its beginning; None leaves the app alive."""
    then: str | None = None
    """What follows; the app is killed in it, then, and not before."""


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

LOST, UNHEARD = "loses the order's reply", "is silent at the order"
CANCELLED = [
    Case("checkout", customer="hesitates", then="the client cancels"),
    *(
        Case("checkout", stripe=stripe, customer="hesitates", then="the client cancels")
        for stripe in CLOSING
    ),
    *(
        Case("checkout", supplier, customer="hesitates", then="the client cancels")
        for supplier in TAKING_BACK
    ),
    *(
        Case("checkout", stripe=stripe, customer="pays meanwhile", then="the client cancels")
        for stripe in (None, *RELEASING)
    ),
]
REFUNDED = [
    *(
        Case("checkout", then=then)
        for then in (
            "a part and the rest go back",
            "all goes back",
            "a part goes back",
            "all went back elsewhere",
        )
    ),
    *(Case("checkout", stripe=stripe, then="two parts go back") for stripe in REFUNDING),
]
DECIDED = [
    *(
        Case("checkout", LOST, stripe, then="an operator finds the order")
        for stripe in (None, "loses the capture's reply", "breaks after the capture")
    ),
    *(
        Case("checkout", UNHEARD, stripe, then="an operator finds no order")
        for stripe in (None, *RELEASING)
    ),
    *(
        Case("checkout", supplier, then="an operator orders again")
        for supplier in (UNHEARD, "is silent twice at the order", "refuses after a silence")
    ),
    Case("partner", LOST, then="an operator finds the order"),
    Case("partner", UNHEARD, then="an operator finds no order"),
    Case("partner", UNHEARD, then="an operator orders again"),
    Case("checkout", LOST, then="an operator cancels at the supplier"),
    Case("checkout", LOST, then="an operator invoices"),
    Case("checkout", customer="cannot be refunded", then="an operator tries the refund again"),
    Case("checkout", customer="cannot be refunded", then="an operator lets the refund be"),
]
SEQUEL_CASES = [*CANCELLED, *REFUNDED, *DECIDED]
"""Killed in what follows the purchase."""


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
    premises.points.arm(None if case.then else case.kill_at)
    answer = _bought(premises, case, key)
    if case.then:
        answer = _followed(premises, case, key)
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


def _make_trouble(premises: Premises, case: Case) -> None:
    nothing(premises)
    for trouble in filter(None, (case.supplier, case.stripe)):
        TROUBLES[trouble](premises)


def _followed(premises: Premises, case: Case, key: str) -> httpx.Response:
    sequel = SEQUELS[case.then or ""]
    sequel.before(premises, key)
    premises.points.arm(case.kill_at)
    return sequel.act(premises, key)


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
        (CUSTOMER | LINGERING)[case.customer](premises, page, page.rpartition("/")[2])
    return answer
