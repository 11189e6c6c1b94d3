"""What goes wrong in a purchase besides a kill: at the supplier, at Stripe, with the customer."""

from collections.abc import Callable, Mapping

import httpx

from local.partners.nivoda.knobs import Knobs
from local.partners.stripe.faults import Fault, Kind
from local.partners.stripe.faults import Knobs as Deliveries
from tests.support.killing.premises import PARTNER_SECONDS, Premises

Trouble = Callable[[Premises], None]
Customer = Callable[[Premises, str, str], None]
"""Given the payment page and the session."""

TOO_LONG_SECONDS = PARTNER_SECONDS + 1
EVERY_TRY = 3
"""Stripe's library asks twice more by itself."""


def nothing(premises: Premises) -> None:
    """Nobody makes any trouble."""
    premises.supplier.knobs = Knobs()
    premises.supplying.faults.clear()
    premises.stripe.server.faults.clear()
    premises.stripe.server.admin.knobs = Deliveries(retry_seconds=0.5)


def _supplier(**knobs: int) -> Trouble:
    def turn(premises: Premises) -> None:
        premises.supplier.knobs = Knobs(**knobs)

    return turn


def _trade(what: str, kind: Kind, times: int = 1) -> Trouble:
    fault = Fault(on=f"supplier {what}", kind=kind, times=times, seconds=TOO_LONG_SECONDS)
    return lambda premises: premises.supplying.faults.expect(fault)


def _payment(what: str, kind: Kind, times: int = EVERY_TRY) -> Trouble:
    fault = Fault(on=what, kind=kind, times=times, seconds=TOO_LONG_SECONDS)
    return lambda premises: premises.stripe.server.faults.expect(fault)


def _events(**knobs: float) -> Trouble:
    def turn(premises: Premises) -> None:
        premises.stripe.server.admin.knobs = Deliveries.model_validate(
            {"retry_seconds": 0.5, **knobs}
        )

    return turn


SUPPLIER: Mapping[str, Trouble] = {
    "denies the hold": _supplier(denied_holds=1),
    "refuses the order": _supplier(refused_orders=1),
    "loses the hold's reply": _trade("Hold", "cut_after"),
    "loses the order's reply": _trade("Order", "cut_after"),
    "is silent at the hold": _trade("Hold", "silent_before"),
    "is silent at the order": _trade("Order", "silent_before"),
    "is silent after the order": _trade("Order", "silent_after"),
    "is out of order at the order": _trade("Order", "unavailable"),
    "is not reached at the first look": _trade("Stone", "cut_before", times=2),
}
STRIPE: Mapping[str, Trouble] = {
    "is not reached for the session": _payment("sessions.create", "cut_before"),
    "loses the session's reply": _payment("sessions.create", "cut_after"),
    "breaks at the session": _payment("sessions.create", "broken"),
    "breaks after the session": _payment("sessions.create", "broken_after"),
    "is silent after the session": _payment("sessions.create", "silent_after"),
    "has enough at the session": _payment("sessions.create", "rate_limited", 1),
    "is out of order at the look": _payment("sessions.retrieve", "unavailable"),
    "loses the look's reply": _payment("payment_intents.retrieve", "cut_after"),
    "is not reached for the capture": _payment("payment_intents.capture", "cut_before"),
    "loses the capture's reply": _payment("payment_intents.capture", "cut_after"),
    "breaks at the capture": _payment("payment_intents.capture", "broken"),
    "breaks after the capture": _payment("payment_intents.capture", "broken_after"),
    "is silent after the capture": _payment("payment_intents.capture", "silent_after"),
    "has enough at the capture": _payment("payment_intents.capture", "rate_limited", 1),
    "loses the release's reply": _payment("payment_intents.cancel", "cut_after"),
    "breaks after the release": _payment("payment_intents.cancel", "broken_after"),
    "tells everything twice": _events(copies=2),
    "tells in reverse": _events(newest_first=True, late_seconds=1),
    "is not heard at first": _events(unheard=8),
}
CLOSING: Mapping[str, Trouble] = {
    "is not reached for the close": _payment("sessions.expire", "cut_before"),
    "loses the close's reply": _payment("sessions.expire", "cut_after"),
    "breaks after the close": _payment("sessions.expire", "broken_after"),
    "is silent after the close": _payment("sessions.expire", "silent_after"),
}
"""Stripe's, when nobody may pay any more."""
RELEASING: Mapping[str, Trouble] = {
    "is not reached for the release": _payment("payment_intents.cancel", "cut_before"),
    "is out of order at the release": _payment("payment_intents.cancel", "unavailable"),
    "loses the release's reply": _payment("payment_intents.cancel", "cut_after"),
    "breaks after the release": _payment("payment_intents.cancel", "broken_after"),
}
REFUNDING: Mapping[str, Trouble] = {
    "is not reached for the refund": _payment("refunds.create", "cut_before"),
    "loses the refund's reply": _payment("refunds.create", "cut_after"),
    "breaks at the refund": _payment("refunds.create", "broken"),
    "breaks after the refund": _payment("refunds.create", "broken_after"),
    "is silent after the refund": _payment("refunds.create", "silent_after"),
    "has enough at the refund": _payment("refunds.create", "rate_limited", 1),
    "loses the list of refunds": _payment("refunds.list", "cut_after"),
}
TAKING_BACK: Mapping[str, Trouble] = {
    "is not reached for the hold's end": _trade("Release", "cut_before"),
    "loses the reply to the hold's end": _trade("Release", "cut_after"),
    "is silent at the hold's end": _trade("Release", "silent_before"),
}
"""The supplier's, when it is to put a stone back on its shelf."""


def _refuses_after_a_silence(premises: Premises) -> None:
    SUPPLIER["is silent at the order"](premises)
    SUPPLIER["refuses the order"](premises)


TROUBLES: Mapping[str, Trouble] = {
    **SUPPLIER,
    **STRIPE,
    **CLOSING,
    **RELEASING,
    **REFUNDING,
    **TAKING_BACK,
    "is silent twice at the order": _trade("Order", "silent_before", times=2),
    "refuses after a silence": _refuses_after_a_silence,
}
"""All of them by their names."""


def pays(premises: Premises, page: str, session: str) -> None:
    premises.stripe.pay(page)


def is_declined_first(premises: Premises, page: str, session: str) -> None:
    premises.stripe.pay(page, "4000000000000002")
    premises.stripe.pay(page)


def is_asked_by_the_bank(premises: Premises, page: str, session: str) -> None:
    asks = premises.stripe.pay(page, "4000002760003184").headers["Location"]
    httpx.post(asks, data={"outcome": "complete"})


def leaves(premises: Premises, page: str, session: str) -> None:
    premises.stripe.admin("POST", f"sessions/{session}/expire")


def is_declined_and_leaves(premises: Premises, page: str, session: str) -> None:
    premises.stripe.pay(page, "4000000000009995")
    leaves(premises, page, session)


def hesitates(premises: Premises, page: str, session: str) -> None:
    """Neither pays nor leaves."""


def pays_meanwhile(premises: Premises, page: str, session: str) -> None:
    """We hear of it later than of what follows."""
    premises.stripe.server.admin.knobs = Deliveries(retry_seconds=0.5, late_seconds=3)
    premises.stripe.pay(page)


def cannot_be_refunded(premises: Premises, page: str, session: str) -> None:
    """The bank sends back what it is given back."""
    premises.stripe.pay(page, "4000000000005126")


CUSTOMER: dict[str, Customer] = {
    "pays": pays,
    "is declined first": is_declined_first,
    "is asked by the bank": is_asked_by_the_bank,
    "leaves": leaves,
    "is declined and leaves": is_declined_and_leaves,
}
"""Whatever they do, the purchase ends."""
LINGERING: dict[str, Customer] = {
    "hesitates": hesitates,
    "pays meanwhile": pays_meanwhile,
    "cannot be refunded": cannot_be_refunded,
}
"""After these something has to follow."""
