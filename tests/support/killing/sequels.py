"""What follows a purchase: it is cancelled, money goes back, an operator decides.

Each has a time before, in which nobody is killed, and an act, every step of which may be the last
one of the app.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx

from tests.support.killing.audit import reference
from tests.support.killing.patience import insist, settle, until
from tests.support.killing.premises import Premises

Act = Callable[[Premises, str], httpx.Response]
"""Given the purchase's key."""
WAITING = """
SELECT incident.id
  FROM incidents AS incident JOIN purchases AS purchase ON purchase.id = incident.purchase_id
 WHERE purchase.client_key = %s AND incident.decided_at IS NULL
"""


@dataclass(frozen=True)
class Sequel:
    act: Act
    before: Callable[[Premises, str], object] = settle


def _purchase(premises: Premises, key: str) -> dict[str, Any]:
    rows = premises.rows("SELECT * FROM purchases WHERE client_key = %s ORDER BY number", key)
    return rows[-1]


def _at_once(premises: Premises, key: str) -> None:
    """Nothing is waited for."""


def _cancels(premises: Premises, key: str) -> httpx.Response:
    path, headers = f"purchases/{_purchase(premises, key)['id']}/cancel", _once(key, "cancel")
    ask = partial(premises.ask, "POST", path, headers=headers, json={"reason": "left"})
    return insist(premises, ask)


def _gives_back(*amounts: int | None) -> Act:
    """One refund after the other; None is all that is left."""

    def act(premises: Premises, key: str) -> httpx.Response:
        path = f"purchases/{_purchase(premises, key)['id']}/refunds"
        for number, amount in enumerate(amounts):
            asked = {"reason": "sent back"} | ({} if amount is None else {"amount": amount})
            headers = _once(key, f"refund-{number}")
            ask = partial(premises.ask, "POST", path, headers=headers, json=asked)
            answer = insist(premises, ask)
        return answer

    return act


def _decides(action: str) -> Act:
    def act(premises: Premises, key: str) -> httpx.Response:
        (incident,) = premises.rows(WAITING, key)
        body = {"action": action}
        if action == "ordered":
            body["supplierOrderId"] = _ordered(premises, key)[0]
        path = f"incidents/{incident['id']}/decide"
        ask = partial(premises.ask, "POST", path, headers=_once(key, action), json=body)
        return insist(premises, ask)

    return act


def _cancels_at_the_supplier(premises: Premises, key: str) -> httpx.Response:
    """By telephone, then in our books."""
    orders, ordered = premises.supplier.orders, _ordered(premises, key)
    orders[:] = [order for order in orders if order["id"] not in ordered]
    return _decides("cancelled_at_supplier")(premises, key)


def _unpaid(premises: Premises, key: str) -> None:
    """The supplier has an order, found too late to charge for it."""
    settle(premises, key)
    intent = _purchase(premises, key)["payment_intent_id"]
    premises.stripe.admin("POST", f"payment_intents/{intent}/lapse")
    until(premises, lambda: _purchase(premises, key)["payment_status"] == "failed")
    _decides("ordered")(premises, key)
    until(premises, lambda: premises.rows(WAITING, key))


def _refund_sent_back(premises: Premises, key: str) -> None:
    settle(premises, key)
    _gives_back(None)(premises, key)
    settle(premises, key)


def _given_back_elsewhere(premises: Premises, key: str) -> None:
    """Somebody was faster, on the payment partner's own pages."""
    settle(premises, key)
    intent = _purchase(premises, key)["payment_intent_id"]
    premises.stripe.client(retries=3).v1.refunds.create(params={"payment_intent": intent})
    books = premises.stripe.books
    assert any(refund["payment_intent"] == intent for refund in books()["refunds"])


def _ordered(premises: Premises, key: str) -> list[str]:
    """What the supplier has of it, by its own books."""
    number = _purchase(premises, key)["order_number"]
    return [order["id"] for order in premises.supplier.orders if reference(order) == number]


def _once(key: str, what: str) -> dict[str, str]:
    return {"Idempotency-Key": f"{key}-{what}"}


SEQUELS: Mapping[str, Sequel] = {
    "the client cancels": Sequel(_cancels, _at_once),
    "all goes back": Sequel(_gives_back(None)),
    "a part goes back": Sequel(_gives_back(5)),
    "two parts go back": Sequel(_gives_back(5, 7)),
    "a part and the rest go back": Sequel(_gives_back(5, None)),
    "all went back elsewhere": Sequel(_gives_back(5), _given_back_elsewhere),
    "an operator tries the refund again": Sequel(_decides("try_again"), _refund_sent_back),
    "an operator lets the refund be": Sequel(_decides("acknowledge"), _refund_sent_back),
    "an operator finds the order": Sequel(_decides("ordered")),
    "an operator finds no order": Sequel(_decides("not_ordered")),
    "an operator orders again": Sequel(_decides("order_again")),
    "an operator cancels at the supplier": Sequel(_cancels_at_the_supplier, _unpaid),
    "an operator invoices": Sequel(_decides("invoice"), _unpaid),
}
