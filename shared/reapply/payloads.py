"""What crosses between the reapply orchestrator and its activities."""

from uuid import UUID

from shared.platform.payload import Payload
from shared.reapply.batches import State


class ReapplyJob(Payload):
    """One attempt at a job."""

    job_id: UUID
    attempt: int


class ReapplyStones(ReapplyJob):
    pass


class StonesReapplied(Payload):
    state: State


class FailReapply(ReapplyJob):
    error: str


class ReapplyFailed(Payload):
    job_id: UUID
