"""The market index by the clock."""

import azure.durable_functions as df
import azure.functions as func

from shared.diamonds import market
from shared.platform.db import transaction
from shared.platform.log import Log

log = Log("triggers.market")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="40 */10 * * * *", run_on_startup=False)
def take_market_index(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Write down the day's prices per carat, at the first moment of the day without a run."""
    with transaction() as conn:
        kinds = market.take_index(conn)
    if kinds:
        log.info("market index taken", kinds=kinds)
