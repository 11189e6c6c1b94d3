"""The step of a purchase; it may run twice, or beside another, and does nothing twice."""

import azure.durable_functions as df

from shared.platform.durable import activity
from shared.purchases import driving
from shared.purchases.payloads import AdvancePurchase, PurchaseAdvanced

bp = df.Blueprint()


@activity(bp)
def advance_purchase(request: AdvancePurchase) -> PurchaseAdvanced:
    """Do what can be done now."""
    purchase = driving.drive(request.purchase_id)
    return PurchaseAdvanced(state="ended" if purchase.ended_at else "waits")
