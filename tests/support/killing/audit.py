"""Everybody's books side by side: each purchase ended once, and nobody has what is not his."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.killing.premises import Premises

Row = dict[str, Any]

PURCHASES = """
SELECT purchase.*, hold.status AS hold_status, hold.supplier_stone_id, hold.give_back,
       (SELECT count(*) FROM incidents
         WHERE purchase_id = purchase.id AND decided_at IS NULL
           AND evidence <> '{}' AND cardinality(allowed_actions) > 0) AS open_incidents,
       (SELECT COALESCE(sum(amount_cents), 0)::bigint FROM refunds
         WHERE purchase_id = purchase.id AND status <> 'failed') AS promised_back
  FROM purchases AS purchase JOIN holds AS hold ON hold.id = purchase.hold_id
 ORDER BY purchase.number
"""
HELD = "SELECT supplier_hold_id FROM holds WHERE status IN ('active', 'bought', 'requesting')"
UNDONE = ("failed", "cancelled")


@dataclass(frozen=True)
class Standing:
    """What others have of one purchase."""

    purchase: Row
    orders: list[Row]
    """The supplier's."""
    charges: list[Row]
    """Stripe's, without failed ones."""
    refunds: list[Row]
    """Stripe's, without those that a bank sent back."""

    @property
    def kept(self) -> int:
        """Cents we have and will not give back."""
        return sum(c["amount_captured"] - _back(c) for c in self.charges)

    @property
    def set_aside(self) -> int:
        """Cents the customer cannot use, though we do not have them."""
        return sum(c["amount"] for c in self.charges if not (c["captured"] or c["refunded"]))

    @property
    def ending(self) -> str:
        if self.purchase["order_status"] == "completed":
            return "completed"
        if self.purchase["order_status"] in UNDONE:
            return "undone"
        return "incident" if self.purchase["open_incidents"] else "unended"

    def faults(self) -> list[str]:
        checks: dict[str, Callable[[], Iterable[str]]] = {
            "completed": self._completed,
            "undone": self._undone,
            "incident": self._doubtful,
            "unended": lambda: ["it has not ended"],
        }
        found = [*checks[self.ending](), *self._refunded()]
        return [f"{self.purchase['order_number']}: {fault}" for fault in found]

    def _refunded(self) -> Iterable[str]:
        """What we promised went back, once each; and what went back is in our books."""
        ours = [one for one in self.refunds if "refund_id" in one["metadata"]]
        known = self.purchase["captured_cents"] > 0
        if known and sum(one["amount"] for one in ours) != self.purchase["promised_back"]:
            yield f"promised back {self.purchase['promised_back']}, and Stripe gave {ours}"
        if known and sum(map(_back, self.charges)) != self.purchase["refunded_cents"]:
            yield f"refunded {self.purchase['refunded_cents']}, and Stripe has {self.charges}"
        if len({one["metadata"]["refund_id"] for one in ours}) < len(ours):
            yield f"one refund was given twice: {ours}"

    def _completed(self) -> Iterable[str]:
        owed = self.purchase["amount_cents"] if self.purchase["kind"] == "checkout" else 0
        told = [order["id"] for order in self.orders]
        if told != [self.purchase["supplier_order_id"]]:
            yield f"completed, and the supplier has the orders {told}"
        if self.kept + self.purchase["refunded_cents"] != owed or self.set_aside:
            yield f"completed for {owed}, and Stripe kept {self.kept}, set aside {self.set_aside}"

    def _undone(self) -> Iterable[str]:
        if self.orders:
            yield f"undone, and the supplier has {len(self.orders)} orders"
        if self.kept or self.set_aside:
            yield f"undone, and Stripe kept {self.kept}, set aside {self.set_aside}"
        if self.purchase["give_back"] or self.purchase["hold_status"] in ("active", "requesting"):
            yield f"undone, and its hold is {self.purchase['hold_status']}"

    def _doubtful(self) -> Iterable[str]:
        if len(self.orders) > 1:
            yield f"doubtful, and the supplier has {len(self.orders)} orders"
        if self.kept and not self.orders:
            yield f"doubtful, and Stripe kept {self.kept} for no order"


@dataclass
class Verdict:
    endings: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def audit(premises: Premises) -> Verdict:
    books = premises.stripe.books()
    charges = [charge for charge in books["charges"] if charge["paid"]]
    refunds = [refund for refund in books["refunds"] if refund["status"] != "failed"]
    rows = premises.rows(PURCHASES)
    standings = [_standing(premises, purchase, charges, refunds) for purchase in rows]
    verdict = Verdict(Counter(one.ending for one in standings))
    verdict.faults += [fault for one in standings for fault in one.faults()]
    verdict.faults += _nobodys(standings, premises.supplier.orders, "order at the supplier")
    verdict.faults += _nobodys(standings, charges, "charge at Stripe")
    verdict.faults += _forgotten_holds(premises)
    return verdict


def _standing(
    premises: Premises, purchase: Row, charges: list[Row], refunds: list[Row]
) -> Standing:
    number, intent = purchase["order_number"], purchase["payment_intent_id"]
    return Standing(
        purchase,
        [order for order in premises.supplier.orders if reference(order) == number],
        [
            charge
            for charge in charges
            if charge["payment_intent"] == intent or number in charge["metadata"].values()
        ],
        [refund for refund in refunds if intent and refund["payment_intent"] == intent],
    )


def _nobodys(standings: list[Standing], found: list[Row], what: str) -> list[str]:
    known = {row["id"] for one in standings for row in (*one.orders, *one.charges)}
    return [f"{what} that is no purchase of ours: {row}" for row in found if row["id"] not in known]


def _forgotten_holds(premises: Premises) -> list[str]:
    """What the supplier holds for us must be a hold of ours."""
    ours = {row["supplier_hold_id"] for row in premises.rows(HELD)}
    return [
        f"the supplier holds {stone} for nobody"
        for hold, stone in premises.supplier.holds.items()
        if hold not in ours
    ]


def reference(order: Row) -> Any:
    """Our number of an order of the supplier's."""
    (item,) = order["items"]
    return item.get("customer_order_number")


def _back(charge: Row) -> int:
    return charge["amount_refunded"] if charge["captured"] else 0
