"""Uploads, what is wrong with them, and how their columns are declared."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.ingestion.model import RunStatus, SweepState


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Fault(Row):
    """One cell that cannot be read, or a line as a whole."""

    line: int
    field: str
    heading: str | None
    value: str | None
    reason: str


class Mapping(Row):
    """How the columns of a retailer's files are called."""

    name: str
    columns: dict[str, str]
    constants: dict[str, str]
    updated_by: str
    updated_at: datetime


class Upload(Row):
    id: UUID
    number: int
    filename: str | None
    uploaded_by: str
    uploaded_at: datetime
    complete: bool
    mapping: str | None
    columns: dict[str, str]
    """By our field, the heading it was read from."""
    constants: dict[str, str]
    ignored: list[str]
    content: bytes | None = None
    sha256: bytes
    lines: int
    bad_lines: int
    stones: int
    run_id: UUID | None
    shelved_at: datetime | None
    added: int | None
    changed: int | None
    removed: int | None
    """Lines on the shelf that this upload moved; None while it waits for its run."""


class FollowedUpload(Upload):
    """An upload with the run that reads it."""

    run_status: RunStatus | None
    run_error: str | None
    sweep: SweepState | None
    sweep_reason: str | None

    @property
    def status(self) -> str:
        return self.run_status or "waiting"


class Shelved(Row):
    added: int
    changed: int
