"""Rating rules: filters on grades and proportions, and a rating from 1 to 10."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.diamonds import grading
from shared.rules.model import RuleRow

Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Carats = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
Measure = Annotated[Decimal, Field(ge=0, max_digits=5, decimal_places=2)]

DEFAULT_RATING = 5


def _spelled(normal: Callable[[str], str]) -> BeforeValidator:
    """Rules are typed by people; the catalogue writes grades in the trade's codes."""

    def normalised(given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        return tuple(dict.fromkeys(normal(str(word)) for word in given))

    return BeforeValidator(normalised)


Names = Annotated[tuple[str, ...], _spelled(grading.name), Field(min_length=1, max_length=100)]
Codes = Annotated[tuple[str, ...], _spelled(grading.code), Field(min_length=1, max_length=100)]


class RatingRule(RuleRow):
    """Every filter that is given must hold; a stone that lacks the value fails it."""

    EQUALS: ClassVar[Mapping[str, str]] = {"lab_grown": "lab_grown", "feed": "feed"}
    LISTS: ClassVar[Mapping[str, str]] = {
        "shapes": "shape",
        "colors": "color",
        "clarities": "clarity",
        "cuts": "cut",
        "polishes": "polish",
        "symmetries": "symmetry",
        "fluorescences": "fluorescence_intensity",
        "certificate_labs": "certificate_lab",
        "girdles": "girdle",
        "culets": "culet",
    }
    RANGES: ClassVar[Mapping[str, str]] = {
        "price": "feed_price",
        "carat": "carats",
        "table": "table_pct",
        "depth": "depth_pct",
        "ratio": "ratio",
        "crown_angle": "crown_angle",
        "crown_height": "crown_height",
        "pavilion_angle": "pavilion_angle",
        "pavilion_depth": "pavilion_depth",
    }

    feed: str | None = Field(default=None, min_length=1, max_length=100)
    lab_grown: bool | None = None
    price_min: Dollars | None = None
    price_below: Dollars | None = None
    carat_min: Carats | None = None
    carat_below: Carats | None = None
    shapes: Names | None = None
    colors: Names | None = None
    clarities: Codes | None = None
    cuts: Codes | None = None
    polishes: Codes | None = None
    symmetries: Codes | None = None
    fluorescences: Codes | None = None
    certificate_labs: Names | None = None
    girdles: Codes | None = None
    culets: Codes | None = None
    table_min: Measure | None = None
    table_below: Measure | None = None
    depth_min: Measure | None = None
    depth_below: Measure | None = None
    ratio_min: Measure | None = None
    ratio_below: Measure | None = None
    crown_angle_min: Measure | None = None
    crown_angle_below: Measure | None = None
    crown_height_min: Measure | None = None
    crown_height_below: Measure | None = None
    pavilion_angle_min: Measure | None = None
    pavilion_angle_below: Measure | None = None
    pavilion_depth_min: Measure | None = None
    pavilion_depth_below: Measure | None = None
    rating: int = Field(ge=1, le=10)


class RatingRules(BaseModel):
    """All that decides ratings, as one immutable value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[RatingRule, ...] = Field(default=(), max_length=5_000)

    @model_validator(mode="after")
    def told_apart(self) -> "RatingRules":
        if len({rule.id for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have the same id")
        return self
