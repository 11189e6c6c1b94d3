"""Two to five stones side by side: where they differ, who is best, what is not known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.diamonds import grading
from shared.diamonds.stones import Stone

SCALES: Mapping[str, Sequence[str]] = {
    "color": grading.COLORS,
    "clarity": grading.CLARITIES,
    "cut": grading.CUTS,
    "polish": grading.CUTS,
    "symmetry": grading.CUTS,
    "fluorescence_intensity": grading.FLUORESCENCES,
}
LESS_IS_BETTER = ("price", "price_per_carat")
MORE_IS_BETTER = ("carats", "rating")
ALIKE = (
    *("shape", "lab_grown", "treated", "availability", "ratio", "length_mm", "width_mm"),
    *("depth_mm", "depth_pct", "table_pct", "certificate_lab", "fluorescence_color"),
    *("fancy_color", "fancy_intensity", "eye_clean", "girdle", "culet", "origin", "growth_type"),
    *("delivery_days_max", "return_days"),
)
"""Compared, though none of the values is better than another."""
COMPARED = (*LESS_IS_BETTER, *MORE_IS_BETTER, *SCALES, *ALIKE)


@dataclass(frozen=True)
class Difference:
    """One field in the order of the stones; `best` are the places of the best values, if any."""

    field: str
    values: list[Any]
    best: list[int]


def differences(stones: Sequence[Stone]) -> list[Difference]:
    compared = ((field, [stone[field] for stone in stones]) for field in COMPARED)
    return [
        Difference(field, values, _best(field, values))
        for field, values in compared
        if any(value != values[0] for value in values)
    ]


def missing(stones: Sequence[Stone]) -> dict[UUID, list[str]]:
    """Which compared fields of which stone are unknown though another stone's are known."""
    asked = [field for field in COMPARED if any(stone[field] is not None for stone in stones)]
    gaps = {stone["id"]: [f for f in asked if stone[f] is None] for stone in stones}
    return {stone: fields for stone, fields in gaps.items() if fields}


def _best(field: str, values: Sequence[Any]) -> list[int]:
    places = [None if field in ALIKE else _place(field, value) for value in values]
    reached = [place for place in places if place is not None]
    return [number for number, place in enumerate(places) if reached and place == min(reached)]


def _place(field: str, value: Any) -> Any:
    """Smaller is better; None cannot be placed."""
    if value is None or field in LESS_IS_BETTER:
        return value
    if field in MORE_IS_BETTER:
        return -value
    scale = SCALES[field]
    return scale.index(value) if value in scale else None
