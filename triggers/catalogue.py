"""Copies of the catalogue by the clock, and the log of its changes kept short."""

import azure.durable_functions as df
import azure.functions as func

from shared.diamonds import changes
from shared.exports import service
from shared.platform.db import transaction

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *", run_on_startup=False)
def write_exports(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Go on with exports that somebody asked for."""
    service.work()


@bp.timer_trigger(arg_name="timer", schedule="0 25 * * * *", run_on_startup=False)
def forget_old_copies(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Changes and exports that nobody may fetch any more."""
    service.forget_old()
    with transaction() as conn:
        changes.prune(conn)
