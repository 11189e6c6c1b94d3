"""What the clock does for prices: jobs that must not hang, dates of rules, ends of overrides."""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from shared.reapply import jobs, overrides
from shared.reapply.model import Job
from shared.reapply.payloads import ReapplyJob

bp = df.Blueprint()

REAPPLY_JOB = "reapply_job"
ALIVE = frozenset({"Running", "Pending", "Suspended", "ContinuedAsNew"})


@bp.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def watch_reapply_jobs(
    timer: func.TimerRequest,  # noqa: ARG001 - the trigger passes it
    client: df.DurableOrchestrationClient,
) -> None:
    """Give every open job a live orchestration, and every failed one its next attempt when due."""
    for job in await asyncio.to_thread(jobs.list_watched):
        status = await client.get_status(job.instance_id)
        state = status.runtime_status.name if status and status.runtime_status else None
        if job.status == "failed" or state not in ALIVE:
            await _begin(client, await asyncio.to_thread(jobs.taken_over, job))


@bp.timer_trigger(arg_name="timer", schedule="15 * * * * *", run_on_startup=False)
@bp.durable_client_input(client_name="client")
async def apply_scheduled_rules(
    timer: func.TimerRequest,  # noqa: ARG001 - the trigger passes it
    client: df.DurableOrchestrationClient,
) -> None:
    """End overrides whose time is over, and start a job when a rule began or ended by its dates."""
    await asyncio.to_thread(overrides.expire)
    for kind in jobs.BOOKS:
        await _begin(client, await asyncio.to_thread(jobs.due, kind))


async def _begin(client: df.DurableOrchestrationClient, job: Job | None) -> None:
    if job is not None:
        request = ReapplyJob(job_id=job.id, attempt=job.attempt).model_dump(mode="json")
        await client.start_new(REAPPLY_JOB, job.instance_id, request)
