from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.price_lists.model import Terms

Format = Literal["ndjson", "csv"]


class Export(BaseModel):
    """Parts are gzip members: put one after another they are one file."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    client_id: UUID
    requested_by: str
    format: Format
    changes_from: str
    price_points: int | None
    price_places: int | None
    last_id: UUID | None
    parts: int
    stones: int
    bytes: int
    created_at: datetime
    completed_at: datetime | None

    @property
    def terms(self) -> Terms | None:
        """What its prices are made by, from its first part to its last."""
        return Terms.kept(self.price_points, self.price_places)

    def blob(self, number: int) -> str:
        """The name of a part, counted from 1."""
        return f"{self.id}/{number:05}.{self.format}.gz"
