"""What the clock does for selling: ends of holds."""

import azure.durable_functions as df
import azure.functions as func

from shared.holds import service as holds

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *", run_on_startup=False)
def watch_holds(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """End holds that are over, settle interrupted ones, give back to suppliers what is theirs."""
    holds.watch()
