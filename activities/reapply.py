"""The steps of a reapply job."""

import azure.durable_functions as df

from shared.platform.durable import activity
from shared.reapply import batches, jobs
from shared.reapply.payloads import FailReapply, ReapplyFailed, ReapplyStones, StonesReapplied

bp = df.Blueprint()


@activity(bp)
def reapply_stones(request: ReapplyStones) -> StonesReapplied:
    """Apply the rules for a bounded time, from where the job stopped."""
    return StonesReapplied(state=batches.work(request.job_id, request.attempt))


@activity(bp)
def fail_reapply(request: FailReapply) -> ReapplyFailed:
    """Give this attempt up; the watch claims the next one when it is due."""
    jobs.fail(request.job_id, request.attempt, request.error)
    return ReapplyFailed(job_id=request.job_id)
