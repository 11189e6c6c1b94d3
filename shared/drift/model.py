"""A place in a feed's payloads, and what is said when it was not there before."""

from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.feeds.model import Unmappable
from shared.platform.setting_groups import TypeChanges

Type = Literal["object", "array", "string", "number", "boolean", "null"]
Drifted = Literal["new_field", "type_changed"]


class Place(NamedTuple):
    """Where in a payload, and of what JSON type; elements of an array share one path."""

    path: str
    type: Type


class Field(NamedTuple):
    """A place that was not known, as it is to be kept."""

    place: Place
    sample: str
    drift: Drifted | None
    """None: it belongs to the baseline, or to something that drifted around it."""
    types_before: tuple[str, ...] = ()
    policy: TypeChanges | None = None


class TypeChanged(Unmappable):
    """A listing that says something in another type than its feed did before."""

    def __init__(self, field: Field, *, fails: bool) -> None:
        before = " or ".join(field.types_before) or "of another type"
        super().__init__(
            field.place.path, f"is {field.place.type} ({field.sample}), and was {before}"
        )
        self.drift = field
        self.fails = fails


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Known(Row):
    path: str
    type: Type
    disputed: bool

    @property
    def place(self) -> Place:
        return Place(self.path, self.type)


class Drift(Row):
    id: int
    feed: str
    path: str
    type: Type
    run_id: UUID
    first_seen_at: datetime
    sample: str
    drift: Drifted
    types_before: list[str]
    policy: TypeChanges
    acknowledged_at: datetime | None
    acknowledged_by: str | None

    @property
    def text(self) -> str:
        if self.drift == "new_field":
            return f"{self.path}: new, {self.type}, e.g. {self.sample}"
        was = " or ".join(self.types_before)
        return f"{self.path}: {self.type}, e.g. {self.sample}; was {was}"


Strange = dict[Place, Any]
"""Places that are not known, in the order of the payload, each with the first value there."""
