"""What a rule of data quality says: what must be true of a mapped stone, and what if it is not."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_type_hints
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.diamonds.model import Stone
from shared.platform import exact_json

Comparison = Literal[">", ">=", "<", "<=", "=", "!=", "in", "not in", "known"]
Effect = Literal["warn", "quarantine", "fail"]
Kind = Literal["number", "text", "boolean"]

EFFECTS: tuple[Effect, ...] = ("warn", "quarantine", "fail")
"""From the mildest to the gravest."""
LONGEST_LIST = 100
LONGEST_TEXT = 200

COMPARISONS: Mapping[Kind, tuple[Comparison, ...]] = {
    "number": (">", ">=", "<", "<=", "=", "!=", "in", "not in", "known"),
    "text": ("=", "!=", "in", "not in", "known"),
    "boolean": ("=", "!=", "known"),
}
OURS = ("diamond_id", "feed", "supplier_stone_id")
"""Of a stone: what it is known by, and no rule's concern."""


def _kind(hint: Any) -> Kind | None:
    kinds = set(get_args(hint) or (hint,)) - {type(None)}
    if kinds <= {Decimal, int}:
        return "number"
    if kinds == {bool}:
        return "boolean"
    return "text" if all(kind is str or isinstance(kind, str) for kind in kinds) else None


FIELDS: Mapping[str, Kind] = {
    name: kind
    for name, hint in get_type_hints(Stone).items()
    if name not in OURS and (kind := _kind(hint))
}
"""What rules may be about, and of what kind it is."""

TYPES: Mapping[Kind, tuple[type, ...]] = {
    "number": (Decimal, int),
    "text": (str,),
    "boolean": (bool,),
}


def _parsed(value: Any) -> Any:
    """As text from the database, so that no number loses a digit."""
    return exact_json.loads(value) if isinstance(value, str) else value


Stored = Annotated[Any, BeforeValidator(_parsed)]


class Condition(BaseModel):
    """What must be true of a field wherever it is known; `known` says that it must be."""

    model_config = ConfigDict(frozen=True)

    field: str
    comparison: Comparison
    value: Stored = None

    @property
    def text(self) -> str:
        value = "" if self.comparison == "known" else f" {exact_json.dumps(self.value).decode()}"
        return f"{self.field} {self.comparison}{value}"


class Wanted(BaseModel):
    """A rule as somebody asks for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str | None = Field(default=None, max_length=100)
    """None: of every feed."""
    field: str = Field(max_length=100)
    comparison: Comparison
    value: Any = None
    effect: Effect
    note: str = Field(default="", max_length=1_000)

    @property
    def condition(self) -> Condition:
        return Condition.model_construct(
            field=self.field, comparison=self.comparison, value=self.value
        )

    @model_validator(mode="after")
    def means_something(self) -> "Wanted":
        kind = FIELDS.get(self.field)
        if kind is None:
            raise ValueError(f"no field of a stone is called {self.field!r}")
        if self.comparison not in COMPARISONS[kind]:
            raise ValueError(f"{self.field} is a {kind}; there is no {self.comparison!r} of it")
        if not _fits(self.value, self.comparison, TYPES[kind]):
            raise ValueError(f"the value does not fit {self.field}, which is a {kind}")
        return self


def _fits(value: Any, comparison: Comparison, types: tuple[type, ...]) -> bool:
    if comparison == "known":
        return value is None
    if comparison in ("in", "not in"):
        listed = isinstance(value, list) and 0 < len(value) <= LONGEST_LIST
        return listed and all(_is_one(one, types) for one in value)
    return _is_one(value, types)


def _is_one(value: Any, types: tuple[type, ...]) -> bool:
    """A truth value is no number, though Python thinks so; a text has an end."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return False
    return isinstance(value, types) and isinstance(value, bool) == (bool in types)


class Rule(Condition):
    """A rule as it stands."""

    id: UUID
    feed: str | None
    effect: Effect
    note: str
    created_by: str
    created_at: datetime
    updated_at: datetime


class RunRule(Condition):
    """A rule that a run began with."""

    rule_id: UUID
    effect: Effect


class Hits(RunRule):
    """What a rule caught in a run: listings that were new or changed."""

    listings: int
    example: str | None
    """One of the stones, by the supplier's id."""


class Change(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    rule_id: UUID
    action: Literal["added", "changed", "removed"]
    actor: str
    before: Stored
    after: Stored
    happened_at: datetime
