"""Exchange rates by the clock."""

import azure.durable_functions as df
import azure.functions as func

from shared.currency import service
from shared.notifications import error_logs
from shared.platform import db
from shared.platform.errors import UpstreamError
from shared.platform.log import Log

log = Log("triggers.currency")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="20 * * * * *", run_on_startup=False)
def refresh_exchange_rates(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Fetch rates when the last ones are an hour old; the next minute tries again what failed."""
    try:
        service.refresh()
    except UpstreamError as error:
        log.warning("exchange rates not fetched", reason=error)
        with db.transaction() as conn:
            error_logs.record(conn, "currency", str(error))
