"""What the clock starts: the nightly run, the watch over open runs, the relay of the outbox."""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from shared.ingestion import nights, watch
from shared.notifications import relay
from shared.operations import facts
from shared.platform import db
from shared.platform.log import Log
from triggers.queues import dispatch_inside
from triggers.starting import begin

log = Log("triggers.timers")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%NIGHTLY_SCHEDULE%", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def start_nightly_ingest(
    timer: func.TimerRequest, client: df.DurableOrchestrationClient
) -> None:
    """Tonight every nightly feed is read in full; those of one supplier one after the other."""
    await asyncio.to_thread(nights.fall)
    log.info("night has come", late=timer.past_due)
    await _begin_due(client)


@bp.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def watch_runs(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 - the trigger passes it
    """Give every open run a live orchestration, and every feed that is due its run."""
    for run in await asyncio.to_thread(watch.list_watched):
        status = await client.get_status(run.instance_id)
        state = status.runtime_status if status else None
        fresh = await asyncio.to_thread(watch.taken_over, run, state.name if state else None)
        if fresh:
            await begin(client, fresh)
    await _begin_due(client)
    await asyncio.to_thread(nights.complain_of_stale)


@bp.timer_trigger(arg_name="timer", schedule="0 */5 * * * *", run_on_startup=False)
def record_facts(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the trigger passes it
    """Tell Azure Monitor how runs, queues and quarantine stand."""
    with db.transaction() as conn:
        facts.record(facts.list_facts(conn))


@bp.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def relay_notifications(
    timer: func.TimerRequest,  # noqa: ARG001 - the trigger passes it
    client: df.DurableOrchestrationClient,
) -> None:
    """Send what waits in the outbox; the pipeline never waits for it."""
    await asyncio.to_thread(relay.relay)
    await dispatch_inside(client)


async def _begin_due(client: df.DurableOrchestrationClient) -> None:
    for run in await asyncio.to_thread(nights.open_due):
        await begin(client, run)
        log.info("nightly run started", feed=run.feed, run_id=run.run_id)
