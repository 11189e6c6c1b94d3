"""What the clock starts: the nightly run, the watch over open runs, the relay of the outbox."""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from shared.ingestion import news, runs, watch
from shared.notifications import relay
from shared.operations import facts
from shared.platform import clock, db
from shared.platform.log import Log
from shared.platform.settings import settings
from triggers.queues import dispatch_inside
from triggers.starting import begin

log = Log("triggers.timers")

bp = df.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="%NIGHTLY_SCHEDULE%", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def start_nightly_ingest(
    timer: func.TimerRequest, client: df.DurableOrchestrationClient
) -> None:
    """Start a full run of every nightly feed; one that is still busy is left alone."""
    for feed in settings().ingest.nightly_feeds.split(","):
        try:
            run = await asyncio.to_thread(
                runs.open_run, feed.strip(), "full", requested_by="nightly timer"
            )
        except runs.RunInProgress as busy:
            await asyncio.to_thread(_skipped, feed.strip(), busy.message)
            continue
        await begin(client, run)
        log.info("nightly run started", feed=feed, run_id=run.run_id, late=timer.past_due)


@bp.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def watch_runs(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:  # noqa: ARG001 - the trigger passes it
    """Give every open run a live orchestration, whatever happened to its last one."""
    for run in await asyncio.to_thread(watch.list_watched):
        status = await client.get_status(run.instance_id)
        state = status.runtime_status if status else None
        fresh = await asyncio.to_thread(watch.taken_over, run, state.name if state else None)
        if fresh:
            await begin(client, fresh)


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


def _skipped(feed: str, reason: str) -> None:
    log.warning("nightly run skipped", feed=feed, reason=reason)
    with db.transaction() as conn:
        news.skipped(conn, feed, clock.now().date().isoformat(), reason)
