"""How far a feed has been read: `watermarks/{feed}.json` in Blob Storage."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.ingestion.model import Run
from shared.platform import blobs

CONTAINER = "watermarks"


class Watermark(BaseModel):
    """Everything the supplier changed before `last_updated_at` has been read."""

    model_config = ConfigDict(frozen=True)

    last_updated_at: AwareDatetime
    last_run_id: UUID
    last_run_completed_at: AwareDatetime


def read(feed: str) -> datetime | None:
    found = blobs.read(CONTAINER, f"{feed}.json")
    return Watermark.model_validate_json(found.content).last_updated_at if found else None


def advance(run: Run) -> None:
    """Move the watermark to the instant before the run's first count; never back.

    Safe to repeat. Raises BlobChanged when somebody else wrote in between: try again.
    """
    name = f"{run.feed}.json"
    found = blobs.read(CONTAINER, name)
    if found and Watermark.model_validate_json(found.content).last_updated_at >= run.captured_at:
        return
    mark = Watermark(
        last_updated_at=run.captured_at,
        last_run_id=run.run_id,
        last_run_completed_at=run.completed_at or run.captured_at,
    )
    blobs.write(CONTAINER, name, mark.model_dump_json().encode(), replacing=found)
