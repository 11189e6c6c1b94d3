"""Webhooks by the clock: what changed is told, what waits is delivered."""

import azure.durable_functions as df
import azure.functions as func

from shared.webhooks import delivery, publishing

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="*/10 * * * * *", run_on_startup=False)
def deliver_webhooks(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Tell changes of stones to whoever wants them, and deliver everything that is due."""
    publishing.tell_changes()
    delivery.deliver()
