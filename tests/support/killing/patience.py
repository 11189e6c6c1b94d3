"""Somebody who wants to know the outcome, and a clock that goes on, whatever dies meanwhile."""

import time
from collections.abc import Callable
from contextlib import suppress

import httpx

from tests.support.killing.premises import AppDown, Premises

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.3
MOVING = """
SELECT purchase.id::text
  FROM purchases AS purchase
 WHERE client_key = %s
   AND (next_look_at <= now() + interval '20 minutes'
        OR (order_status NOT IN ('completed', 'failed', 'cancelled')
            AND NOT EXISTS (SELECT FROM incidents
                             WHERE purchase_id = purchase.id AND decided_at IS NULL)))
UNION ALL
SELECT hold.id::text
  FROM holds AS hold JOIN purchases AS purchase ON purchase.hold_id = hold.id
 WHERE purchase.client_key = %s
   AND (hold.give_back OR hold.status = 'requesting'
        OR (hold.status = 'active' AND purchase.order_status IN ('failed', 'cancelled')))
UNION ALL
SELECT refund.id::text
  FROM refunds AS refund JOIN purchases AS purchase ON purchase.id = refund.purchase_id
 WHERE purchase.client_key = %s AND refund.status IN ('requested', 'pending')
"""
"""What has not come to rest, of the purchases under a key; what is put off is hurried."""


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

    def at_rest() -> bool:
        untold = premises.stripe.server.untold()
        return not (untold or premises.rows(MOVING, key, key, key))

    until(premises, at_rest)  # if it never is, the books will show it


def until(premises: Premises, arrived: Callable[[], object]) -> bool:
    """Let the clock work until then; whether it came."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not arrived():
        if time.monotonic() > deadline:
            return False
        with suppress(AppDown):
            premises.revive()
            premises.hurry()
        time.sleep(PAUSE_SECONDS)
    return True


def _come_back(answer: httpx.Response) -> bool:
    if answer.is_server_error:
        return True
    conflict = answer.status_code == httpx.codes.CONFLICT
    return conflict and answer.json()["error"]["code"] == "IDEMPOTENCY_IN_PROGRESS"
