"""A reapply job as a Durable process: work until nothing is left, whatever happens to the host."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df

from activities.reapply import fail_reapply, reapply_stones
from shared.platform.durable import call, call_with_retry, received
from shared.reapply.payloads import FailReapply, ReapplyJob, ReapplyStones

bp = df.Blueprint()

REAPPLY_JOB = "reapply_job"
STEPS_PER_HISTORY = 20
EVERY = timedelta(seconds=2)
TRIES = 2
"""Of one step; a job's attempts are counted in the database."""

Process = Generator[Any, Any, dict[str, Any] | None]


@bp.orchestration_trigger(context_name="context")
def reapply_job(context: df.DurableOrchestrationContext) -> Process:
    """One attempt at a job; every step may repeat and goes on where the last batch ended."""
    job = received(context, ReapplyJob)
    step = ReapplyStones(job_id=job.job_id, attempt=job.attempt)
    try:
        for _ in range(STEPS_PER_HISTORY):
            done = yield from call_with_retry(
                context, reapply_stones, step, every=EVERY, attempts=TRIES
            )
            if done.state != "more":
                return done.model_dump(mode="json")
    except Exception as error:  # noqa: BLE001 - what activities raise arrives as plain Exception
        given_up = FailReapply(job_id=job.job_id, attempt=job.attempt, error=str(error)[:1_000])
        yield from call(context, fail_reapply, given_up)
        return {"state": "failed"}
    context.continue_as_new(job.model_dump(mode="json"))
    return None
