"""What goes wrong in a purchase besides the kill, and a client who wants to know the outcome."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from local.partners.nivoda.knobs import Knobs
from local.partners.stripe.faults import Fault, Kind
from tests.support.killing.premises import PARTNER_SECONDS, AppDown, Premises

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.3
IN_PROGRESS = 409
FAILED = 500

MOVING = """
SELECT purchase.id::text
  FROM purchases AS purchase
 WHERE client_key = %s
   AND order_status NOT IN ('completed', 'failed', 'cancelled')
   AND NOT EXISTS (SELECT FROM incidents
                    WHERE purchase_id = purchase.id AND decided_at IS NULL)
UNION ALL
SELECT hold.id::text
  FROM holds AS hold JOIN purchases AS purchase ON purchase.hold_id = hold.id
 WHERE purchase.client_key = %s
   AND (hold.give_back OR hold.status = 'requesting'
        OR (hold.status = 'active' AND purchase.order_status IN ('failed', 'cancelled')))
"""
"""What has not come to rest, of the purchases under a key."""

Trouble = Callable[[Premises], None]


def denies_the_hold(premises: Premises) -> None:
    premises.supplier.knobs = Knobs(denied_holds=1)


def refuses_the_order(premises: Premises) -> None:
    premises.supplier.knobs = Knobs(refused_orders=1)


def _on(what: str, kind: Kind, times: int = 1) -> Trouble:
    fault = Fault(on=f"supplier {what}", kind=kind, times=times, seconds=PARTNER_SECONDS + 1)
    return lambda premises: premises.supplying.faults.expect(fault)


SUPPLIER: Mapping[str, Trouble] = {
    "answers": lambda premises: None,  # noqa: ARG005 - as every trouble
    "denies the hold": denies_the_hold,
    "refuses the order": refuses_the_order,
    "loses the hold's reply": _on("Hold", "cut_after"),
    "loses the order's reply": _on("Order", "cut_after"),
    "is silent at the hold": _on("Hold", "silent_before"),
    "is silent at the order": _on("Order", "silent_before"),
    "is silent after the order": _on("Order", "silent_after"),
    "is out of order at the order": _on("Order", "unavailable"),
    "is not reached at the first look": _on("Stone", "cut_before", times=2),
    "loses the release's reply": _on("Release", "cut_after"),
}


@dataclass(frozen=True)
class Case:
    supplier: str = "answers"
    kill_at: int | None = None
    """At which step from 0; None leaves the app alive."""


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


def go_through(premises: Premises, case: Case, stone: UUID) -> Told:
    """Buy a stone, whatever happens, until nothing moves any more."""
    began, key = time.monotonic(), uuid4().hex
    premises.supplier.knobs = Knobs()
    premises.supplying.faults.clear()
    premises.stripe.server.faults.clear()
    SUPPLIER[case.supplier](premises)
    premises.points.arm(case.kill_at)
    buy = partial(premises.ask, "POST", f"diamonds/{stone}/purchase", json={})
    answer = insist(premises, lambda: buy(headers={"Idempotency-Key": key}))
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


def insist(premises: Premises, ask: Callable[[], Any]) -> Any:
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
    """Let the clock work until the purchase has ended, or waits for a person."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not at_rest(premises, key):
        if time.monotonic() > deadline:
            return  # the books will show it
        with suppress(AppDown):
            premises.revive()
            premises.hurry()
        time.sleep(PAUSE_SECONDS)


def at_rest(premises: Premises, key: str) -> bool:
    return not premises.rows(MOVING, key, key)


def _come_back(answer: Any) -> bool:
    if answer.status_code >= FAILED:
        return True
    code = answer.json().get("error", {}).get("code") if answer.status_code == IN_PROGRESS else None
    return code == "IDEMPOTENCY_IN_PROGRESS"
