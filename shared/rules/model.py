"""A rule as both engines see it: conditions on what is known of a stone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = str | bool | Decimal | None
Facts = Mapping[str, Value]
"""What is known of a stone, by the names of the catalogue's columns; None is unknown."""


@dataclass(frozen=True)
class OneOf:
    """The value is one of these; an unknown one is not."""

    values: frozenset[str | bool]

    def holds(self, value: Value) -> bool:
        return value in self.values

    def __str__(self) -> str:
        return "one of " + ", ".join(sorted(map(str, self.values)))


@dataclass(frozen=True)
class Within:
    """Half-open: [low, below); an unknown value is in no range."""

    low: Decimal | None
    below: Decimal | None

    def holds(self, value: Value) -> bool:
        if not isinstance(value, Decimal):
            return False
        return (self.low is None or value >= self.low) and (
            self.below is None or value < self.below
        )

    def __str__(self) -> str:
        low = f"at least {self.low}" if self.low is not None else ""
        below = f"below {self.below}" if self.below is not None else ""
        return " and ".join(filter(None, (low, below)))


Condition = OneOf | Within
Conditions = Mapping[str, Condition]


@dataclass(frozen=True)
class Candidate:
    """A rule reduced to what decides whether it applies."""

    id: UUID
    conditions: Conditions = field(hash=False)

    def failure(self, facts: Facts) -> str | None:
        """The first condition that does not hold, by its dimension."""
        for dimension, condition in self.conditions.items():
            if not condition.holds(facts.get(dimension)):
                return dimension
        return None


class RuleRow(BaseModel):
    """What rules of every kind have: an identity that outlives versions, a place, a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    LISTS: ClassVar[Mapping[str, str]] = {}
    """Which field lists the values of which dimension."""
    RANGES: ClassVar[Mapping[str, str]] = {}
    """Which dimension is bounded by `<field>_min` and `<field>_below`."""
    EQUALS: ClassVar[Mapping[str, str]] = {}

    id: UUID = Field(default_factory=uuid4)
    priority: int = Field(default=100, ge=0, le=1_000_000)
    name: str = Field(default="", max_length=200)
    effective_from: datetime | None = None
    effective_until: datetime | None = None

    @model_validator(mode="after")
    def ranges_in_order(self) -> "RuleRow":
        for name in self.RANGES:
            low, below = getattr(self, f"{name}_min"), getattr(self, f"{name}_below")
            if low is not None and below is not None and low >= below:
                raise ValueError(f"the range of {name} is empty")
        if self.effective_from and self.effective_until:  # noqa: SIM102 - two thoughts
            if self.effective_from >= self.effective_until:
                raise ValueError("effective_until is not after effective_from")
        return self

    def in_force(self, at: datetime) -> bool:
        began = self.effective_from is None or self.effective_from <= at
        return began and (self.effective_until is None or at < self.effective_until)

    def candidate(self) -> Candidate:
        return Candidate(self.id, dict(self._conditions()))

    def _conditions(self) -> Iterable[tuple[str, Condition]]:
        for name, dimension in self.EQUALS.items():
            if (value := getattr(self, name)) is not None:
                yield dimension, OneOf(frozenset({value}))
        for name, dimension in self.LISTS.items():
            if (values := getattr(self, name)) is not None:
                yield dimension, OneOf(frozenset(values))
        for name, dimension in self.RANGES.items():
            low, below = getattr(self, f"{name}_min"), getattr(self, f"{name}_below")
            if low is not None or below is not None:
                yield dimension, Within(low, below)


def ordered(rules: Iterable[RuleRow]) -> list[RuleRow]:
    """In the order in which they are tried."""
    return sorted(rules, key=lambda rule: (rule.priority, rule.id))


def candidates(rules: Iterable[RuleRow], at: datetime) -> tuple[Candidate, ...]:
    """What may apply at a moment, in the order in which it is tried."""
    return tuple(rule.candidate() for rule in ordered(rules) if rule.in_force(at))


def first_match(tried: Sequence[Candidate], facts: Facts) -> UUID | None:
    return next((rule.id for rule in tried if rule.failure(facts) is None), None)
