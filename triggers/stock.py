"""What the clock does for uploaded lists: those that had to wait get their runs."""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from shared.stock import service
from triggers.starting import begin

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="*/15 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def begin_stock_uploads(
    timer: func.TimerRequest,  # noqa: ARG001 - the trigger passes it
    client: df.DurableOrchestrationClient,
) -> None:
    """Have the upload that waits longest read, once the run before it has ended."""
    run = await asyncio.to_thread(service.begin_next)
    if run is not None:
        await begin(client, run)
