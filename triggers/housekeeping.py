"""What the clock does for tidiness: rows past their time, and the history of ended processes."""

from datetime import datetime, timedelta

import azure.durable_functions as df
import azure.functions as func
from azure.durable_functions import OrchestrationRuntimeStatus as Status

from shared.operations.housekeeping import keep_house
from shared.platform import clock
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("triggers.housekeeping")

bp = df.Blueprint()

OVER = [Status.Completed, Status.Failed, Status.Terminated, Status.Canceled]
LONGEST_SECONDS = 300
DAYS_LOOKED_BACK = 14


@bp.timer_trigger(arg_name="timer", schedule="0 30 5 * * *", run_on_startup=False)
def keep_house_nightly(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Archive and remove what is past its time; what is left over goes the next night."""
    keep_house("nightly timer", seconds=LONGEST_SECONDS)


@bp.timer_trigger(arg_name="timer", schedule="0 45 5 * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def purge_history(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 - the trigger passes it
    """Drop the history of orchestrations that ended long ago, a day at a time: more times out."""
    newest = clock.now() - timedelta(days=settings().retention.durable_days)
    purged = [await _purge_day(client, newest - timedelta(days=n)) for n in range(DAYS_LOOKED_BACK)]
    log.info("orchestrations purged", instances=sum(purged))


async def _purge_day(client: df.DurableOrchestrationClient, until: datetime) -> int:
    result = await client.purge_instance_history_by(until - timedelta(days=1), until, OVER)
    return int(result.instances_deleted)
