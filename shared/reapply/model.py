"""Reapply jobs as the database has them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.rules.book import Kind

JobStatus = Literal["pending", "running", "completed", "failed", "cancelled", "reverted"]
Trigger = Literal["manual", "activation", "rule_create", "rule_update", "rule_delete", "schedule"]


class Job(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Kind
    status: JobStatus
    direction: Literal["apply", "revert"]
    rule_set_version: int
    previous_version: int | None
    trigger_type: Trigger
    triggered_by_rule_id: UUID | None
    trigger_rule_snapshot: dict[str, Any] | None
    requested_by: str
    reason: str
    total_diamonds: int
    processed_diamonds: int
    updated_diamonds: int
    failed_diamonds: int
    reverted_diamonds: int
    kept_diamonds: int
    feeds_affected: list[str]
    done_to: UUID | None
    attempt: int
    retry_count: int
    next_retry_at: datetime | None
    error: str | None
    created_at: datetime
    started_at: datetime | None
    last_progress_at: datetime
    completed_at: datetime | None
    reverted_at: datetime | None

    @property
    def instance_id(self) -> str:
        """The orchestration that drives this attempt at the job."""
        return f"reapply-{self.id}-{self.attempt}"


class Progress(BaseModel):
    """What one batch did."""

    model_config = ConfigDict(frozen=True)

    visited: int
    updated: int
    failed: int
    kept: int
    done_to: UUID | None
    feeds: list[str]


class Span(BaseModel):
    """Stones from one id to another, both included."""

    model_config = ConfigDict(frozen=True)

    first: UUID
    last: UUID
