"""What the clock does for callers: forget what expired."""

import azure.durable_functions as df
import azure.functions as func

from shared.access import idempotency
from shared.platform.log import Log

log = Log("triggers.access")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 7 * * * *", run_on_startup=False)
def forget_expired(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Drop answers to writes that nobody can repeat any more."""
    log.info("expired forgotten", idempotency_keys=idempotency.forget())
