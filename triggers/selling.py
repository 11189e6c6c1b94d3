"""What the clock does for selling: ends of holds, purchases that have to go on."""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from shared.deadlines import service as deadlines
from shared.holds import service as holds
from shared.purchases import reconciliation, watch
from shared.purchases.payloads import SettlePurchase

bp = df.Blueprint()

SETTLE_PURCHASE = "settle_purchase"


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *", run_on_startup=False)
def watch_holds(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """End holds that are over, settle interrupted ones, give back to suppliers what is theirs."""
    holds.watch()


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def watch_purchases(
    timer: func.TimerRequest,  # noqa: ARG001 - the trigger passes it
    client: df.DurableOrchestrationClient,
) -> None:
    """Give every purchase that has to go on a process."""
    for purchase in await asyncio.to_thread(watch.due):
        request = SettlePurchase(purchase_id=purchase.id).model_dump(mode="json")
        await client.start_new(SETTLE_PURCHASE, purchase.instance_id, request)


@bp.timer_trigger(arg_name="timer", schedule="0 */15 * * * *", run_on_startup=False)
def watch_authorisations(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Warn of money that is about to be lost."""
    watch.warn_of_lapses()


@bp.timer_trigger(arg_name="timer", schedule="45 * * * * *", run_on_startup=False)
def watch_deadlines(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Tell people of what is nearly due."""
    deadlines.escalate()


@bp.timer_trigger(arg_name="timer", schedule="0 30 3 * * *", run_on_startup=False)
def reconcile_selling(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Compare payments, orders and suppliers' books."""
    reconciliation.reconcile()
