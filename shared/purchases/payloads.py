"""What crosses Durable's wire for a purchase."""

from typing import Literal
from uuid import UUID

from shared.platform.payload import Payload


class SettlePurchase(Payload):
    purchase_id: UUID


class AdvancePurchase(Payload):
    purchase_id: UUID


class PurchaseAdvanced(Payload):
    """`ended`: nothing is left to do; `waits`: for a payment, a person or another try."""

    state: Literal["ended", "waits"]
