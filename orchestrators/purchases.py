"""A purchase as a Durable process: from what is recorded to where it waits or ends."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from activities.purchases import advance_purchase
from shared.platform.durable import call_with_retry, received
from shared.purchases.payloads import AdvancePurchase, SettlePurchase

bp = df.Blueprint()

SETTLE_PURCHASE = "settle_purchase"
EVERY = timedelta(seconds=5)
TRIES = 3

Process = Generator[Any, Any, dict[str, Any]]


@bp.orchestration_trigger(context_name="context")
def settle_purchase(context: df.DurableOrchestrationContext) -> Process:
    """One turn of one purchase; a payment, a decision or the clock starts the next."""
    purchase = received(context, SettlePurchase)
    step = AdvancePurchase(purchase_id=purchase.purchase_id)
    done = yield from call_with_retry(context, advance_purchase, step, every=EVERY, attempts=TRIES)
    return done.model_dump(mode="json")
