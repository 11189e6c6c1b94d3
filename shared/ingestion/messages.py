"""Bodies of queue messages; a consumer ignores fields it does not know and refuses versions."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.ingestion.model import PartitionStatus

WORK_ITEMS = "work-items"
WORK_DONE = "work-done"
CONSOLIDATE = "consolidate"


class Body(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )

    version: Literal[1] = 1
    run_id: UUID
    put_off: int = Field(default=0, ge=0)
    """How often its supplier was busy; ours to count."""


class RedrivePartition(Body):
    """On `work-items`: give a failed partition another attempt."""

    partition_id: str = Field(pattern=r"^partition-\d+$")


class StartConsolidation(Body):
    """On `consolidate`: `force` goes on although too little was read."""

    force: bool = False


class PartitionEnded(Body):
    """On `work-done`: an announcement, never a command."""

    partition_id: str
    attempt: int
    status: PartitionStatus
    fetched: int
