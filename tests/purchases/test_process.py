"""Any sequence of what partners do and say, against the machines: no illegal state, ever.

A world of a supplier and a payment partner, each with a truth of its own; a driver that asks
`next_step` and dies wherever it likes; events that come twice, late, reversed, forged or never.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from psycopg import Connection

from shared.payments import reading
from shared.payments.model import PaymentSeen, RefundSeen
from shared.purchases.process import WAITING, Facts, Step, next_step, wake_at

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SEQUENCES = 10_000
PARTS = 8
LONGEST = 60
AMOUNT = 100_000

MACHINES = {
    "order": "order",
    "payment": "payment",
    "supplier": "supplier order",
    "session": "checkout session",
    "hold": "hold",
}


@dataclass
class World:
    """What is true at the partners, whatever we know of it."""

    dice: random.Random
    session: str = "none"
    intent: str | None = None
    reason: str | None = None
    captures: int = 0
    captured: int = 0
    released: int = 0
    refunded: int = 0
    orders: int = 0
    order_calls: int = 0
    now: datetime = NOON


@dataclass
class Purchase:
    """What is written down, and every step it took."""

    facts: Facts
    captured: int = 0
    steps: list[tuple[str, str, str]] = field(default_factory=list)

    def write(self, **changes: Any) -> None:
        for name, machine in MACHINES.items():
            before, after = getattr(self.facts, name), changes.get(name)
            if after is not None and after != before:
                self.steps.append((machine, before, after))
        self.facts = replace(self.facts, **changes)


class Died(Exception):
    """The process is gone, before or after what it told somebody."""


class Story:
    """One purchase from its beginning to wherever the dice take it."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.world = World(self.dice)
        kind = "checkout" if self.dice.random() < 0.8 else "partner"
        begun = Facts(kind, "pending", "none", "not_asked", "none", "requesting")  # type: ignore[arg-type]
        self.purchase = Purchase(begun)

    def run(self) -> None:
        for _ in range(self.dice.randrange(5, LONGEST)):
            happens = (self.drive, self.drive, self.pay, self.hear, self.forge, self.decide)
            rarer = (self.wait, self.cancel, self.lapse, self.refund)
            self.dice.choice((*happens, *rarer))()
            self.check()
        self.end()

    def drive(self) -> None:
        """Until it waits; death comes before or after anything that is told to anybody."""
        try:
            for _ in range(30):
                facts = self.purchase.facts
                step = next_step(facts, self.world.now)
                if step in WAITING:
                    return
                self.take(step)
                self.check()
        except Died:
            return
        raise AssertionError(f"does not come to rest: {self.purchase}")

    def take(self, step: Step) -> None:
        getattr(self, f"take_{step}")()

    def perhaps_die(self) -> None:
        if self.dice.random() < 0.1:
            raise Died

    def take_settle_hold(self) -> None:
        self.perhaps_die()
        self.purchase.write(hold=self.dice.choice(["active", "active", "active", "denied"]))

    def take_open_session(self) -> None:
        if self.purchase.facts.session == "none":
            self.purchase.write(session="asked")
        self.perhaps_die()
        if self.world.session == "none":
            self.world.session = "open"
        self.perhaps_die()
        expires = self.world.now + timedelta(minutes=35)
        self.purchase.write(session="open", session_expires_at=expires)

    def take_close_session(self) -> None:
        self.perhaps_die()
        if self.world.session == "open":
            self.world.session = "expired"
        self.perhaps_die()
        self.take_look_at_payment()

    def take_look_at_payment(self) -> None:
        facts = self.purchase.facts
        known = reading.Known(
            facts.session,
            facts.payment,
            facts.supplier == "placed",
            "usd",
            AMOUNT,
            self.purchase.captured,
        )
        found = reading.changes(known, self.seen())
        self.perhaps_die()
        self.purchase.captured = found.get("captured_cents", self.purchase.captured)
        names = {"session_status": "session", "payment_status": "payment"}
        changes = {names[name]: value for name, value in found.items() if name in names}
        if changes.get("payment") == "authorised":
            changes["capture_before"] = self.world.now + timedelta(days=7)
        self.purchase.write(news=False, **changes)

    def seen(self) -> PaymentSeen:
        world = self.world
        return PaymentSeen(
            session=world.session,  # type: ignore[arg-type]
            subtotal=AMOUNT,
            currency="usd",
            intent_id="pi_1" if world.intent else None,
            intent_status=world.intent,
            amount=AMOUNT,
            received=world.captured,
            cancellation_reason=world.reason,
            refunds=(RefundSeen("re_1", AMOUNT, "succeeded", None),) if world.refunded else (),
        )

    def take_place_order(self) -> None:
        assert self.purchase.facts.supplier == "not_asked"
        self.purchase.write(supplier="asked")
        self.perhaps_die()
        self.world.order_calls += 1
        outcome = self.dice.choice(["ok", "ok", "declined", "lost", "lost after", "not sent"])
        if outcome in ("ok", "lost after"):
            self.world.orders += 1
        self.perhaps_die()
        match outcome:
            case "ok":
                self.purchase.write(supplier="placed", order="confirmed", hold="bought")
            case "declined":
                self.purchase.write(supplier="declined", cancelled=True)
            case "not sent":
                self.purchase.write(supplier="not_asked")
                raise Died
            case _:
                self.purchase.write(supplier="unknown", incident=True)

    def take_doubt_order(self) -> None:
        self.perhaps_die()
        self.purchase.write(supplier="unknown", incident=True)

    def take_capture(self) -> None:
        self.perhaps_die()
        if self.world.intent == "requires_capture":
            self.world.intent = "succeeded"
            self.world.captures += 1
            self.world.captured = AMOUNT
        self.perhaps_die()
        if self.world.intent == "succeeded":
            self.purchase.captured = AMOUNT
            self.purchase.write(payment="captured")
        else:
            self.take_look_at_payment()

    def take_void(self) -> None:
        self.perhaps_die()
        if self.world.intent == "requires_capture":
            self.world.intent, self.world.reason = "canceled", "requested_by_customer"
            self.world.released += 1
        self.perhaps_die()
        if self.world.intent == "canceled" and self.world.reason == "requested_by_customer":
            self.purchase.write(payment="voided")
        else:
            self.take_look_at_payment()

    def take_report_unpaid(self) -> None:
        self.purchase.write(incident=True)

    def take_complete(self) -> None:
        self.purchase.write(order="completed")

    def take_fail(self) -> None:
        self.purchase.write(order="failed")

    def take_cancel(self) -> None:
        self.purchase.write(order="cancelled")

    def take_let_go(self) -> None:
        self.perhaps_die()
        self.purchase.write(hold="released")

    def take_refund(self) -> None:
        self.perhaps_die()
        self.world.refunded = AMOUNT
        self.purchase.write(payment="refunded", refunds=False)

    def pay(self) -> None:
        if self.world.session == "open":
            self.world.session, self.world.intent = "complete", "requires_capture"

    def hear(self) -> None:
        """An event of ours, at whatever time and however often: it says no more than: look."""
        self.purchase.write(news=True)

    def forge(self) -> None:
        """Refused at the door: it writes nothing."""

    def decide(self) -> None:
        """A person looks at the supplier's books and says what they found there."""
        facts = self.purchase.facts
        if not facts.incident:
            return
        if facts.supplier == "unknown" and self.world.orders:
            self.purchase.write(supplier="placed", order="confirmed", hold="bought", incident=False)
        elif facts.supplier == "unknown":
            again = self.dice.random() < 0.3
            supplier = "not_asked" if again else "declined"
            self.purchase.write(supplier=supplier, cancelled=not again, incident=False)
        elif facts.order == "confirmed":
            self.world.orders -= 1
            self.purchase.write(cancelled=True, incident=False)

    def wait(self) -> None:
        facts = self.purchase.facts
        step = next_step(facts, self.world.now)
        wake = wake_at(step, facts, self.world.now)
        later = self.world.now + timedelta(minutes=self.dice.randrange(1, 90))
        self.world.now = max(wake or later, later)
        if facts.session == "complete" and facts.payment == "none":
            self.purchase.write(news=True)

    def cancel(self) -> None:
        facts = self.purchase.facts
        if facts.order == "pending" and facts.supplier == "not_asked" and self.dice.random() < 0.3:
            self.purchase.write(cancelled=True)

    def lapse(self) -> None:
        if self.world.intent == "requires_capture" and self.dice.random() < 0.1:
            self.world.intent, self.world.reason = "canceled", "automatic"
            self.world.released += 1
            self.purchase.write(news=True)

    def refund(self) -> None:
        facts = self.purchase.facts
        if facts.order == "completed" and facts.payment == "captured" and self.dice.random() < 0.3:
            self.purchase.write(refunds=True)

    def check(self) -> None:
        world, facts = self.world, self.purchase.facts
        assert set(self.purchase.steps) <= allowed(), self.purchase.steps
        assert world.captures <= 1, "captured twice"
        assert world.orders <= 1, "ordered twice"
        if world.captured:
            assert facts.supplier == "placed", "captured without an order"
        if facts.order == "completed" and facts.kind == "checkout":
            assert facts.payment in ("captured", "refunded")
        if facts.order in ("failed", "cancelled"):
            assert facts.payment not in ("authorised", "captured"), "money kept without a stone"

    def end(self) -> None:
        """Everybody comes back, people decide, and the books agree."""
        for _ in range(40):
            self.purchase.write(news=self.purchase.facts.session in ("open", "complete"))
            self.drive()
            self.decide()
            self.wait()
            self.check()
        world, facts = self.world, self.purchase.facts
        assert facts.order in ("completed", "failed", "cancelled"), self.purchase
        assert (facts.order == "completed") == (world.orders == 1)
        assert (world.captured > world.refunded) == (facts.payment == "captured")
        assert world.intent != "requires_capture"
        assert facts.hold == ("bought" if facts.order == "completed" else facts.hold)
        assert facts.hold not in ("requesting", "active")


_ALLOWED: set[tuple[str, str, str]] = set()


@cache
def allowed() -> frozenset[tuple[str, str, str]]:
    return frozenset(_ALLOWED)


@pytest.fixture(autouse=True)
def machines(conn: Connection) -> None:
    """The steps the database allows: the stories must do with these."""
    rows = conn.execute("SELECT machine, from_state, to_state FROM allowed_transitions").fetchall()
    _ALLOWED.update((str(machine), str(before), str(after)) for machine, before, after in rows)
    allowed.cache_clear()


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_stories_end_with_books_that_agree(part: int) -> None:
    for seed in range(part, SEQUENCES, PARTS):
        try:
            Story(seed).run()
        except AssertionError as fault:
            raise AssertionError(f"story {seed}: {fault}") from fault
