"""What the clock does for callers: forget what expired."""

import azure.durable_functions as df
import azure.functions as func

from shared.access import idempotency, queries
from shared.platform.db import transaction
from shared.platform.log import Log

log = Log("triggers.access")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 7 * * * *", run_on_startup=False)
def forget_expired(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Drop answers nobody can repeat any more, used nonces, and addresses that are quiet."""
    kept = idempotency.forget()
    with transaction() as conn:
        log.info("expired forgotten", idempotency_keys=kept, others=queries.forget(conn))
