"""What may be asked of the catalogue: parameters made from the filters' definitions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, create_model, model_validator

from http_api.currency import Converting
from shared.access import service
from shared.access.model import ApiKey, Scope
from shared.currency.conversion import dollars_at_least, dollars_at_most
from shared.currency.model import Rate
from shared.diamonds import filters
from shared.diamonds.filters import BOUNDS, EXCLUDED, WORDS, Bounds, Condition, Within, Words
from shared.diamonds.hits import CountMode
from shared.diamonds.sorting import Order, SortBy

LONGEST_LIST = 50
FINEST = 10
"""Decimals of a bound."""
LONGEST_PAGE = 100
LONGEST_EXPORT = 1_000
DEEPEST_PAGE = 10_000
"""How many stones `page` may skip; beyond, cursors cost the same at any depth."""
FACETS = tuple(each.name for each in WORDS if each.in_memory)
FOR_STAFF = frozenset(
    name for each in WORDS if each.for_staff for name in (each.name, each.name + EXCLUDED)
)
USUAL_FACETS = ("shape", "color", "clarity", "cut", "lab_grown")


def _listed(read: Callable[[str], str]) -> BeforeValidator:
    def words(typed: Any) -> list[str]:
        return [read(word) for word in map(str.strip, str(typed).split(",")) if word]

    return BeforeValidator(words)


def _list(read: Callable[[str], str], about: str) -> Any:
    limits = Field(min_length=1, max_length=LONGEST_LIST, description=about)
    return Annotated[list[str] | None, _listed(read), limits]


def _words(each: Words) -> dict[str, Any]:
    default = f"; default {', '.join(each.default)}" if each.default else ""
    return {
        each.name: (_list(each.read, f"{each.about}{default}"), None),
        each.name + EXCLUDED: (_list(each.read, f"leave these out: {each.about}"), None),
    }


def _bounds(each: Bounds) -> dict[str, Any]:
    def number(side: str) -> Any:
        limits = Field(
            ge=0, le=each.most, decimal_places=FINEST, description=f"{each.about}, at {side}"
        )
        return (Annotated[Decimal | None, limits], None)

    return {f"{each.name}_min": number("least"), f"{each.name}_max": number("most")}


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(typed: str) -> str:
        if typed not in known:
            raise ValueError(f"{typed!r} is not one of {', '.join(known)}")
        return typed

    return read


FieldNames = Annotated[
    list[str] | None,
    _listed(str),
    Field(min_length=1, description="which to answer; all by default"),
]
FacetNames = Annotated[
    list[str] | None,
    _listed(_one_of(FACETS)),
    Field(min_length=1, description=f"which to count; {', '.join(USUAL_FACETS)} by default"),
]


PRICE_BOUNDS = next(each for each in BOUNDS if each.name == "price")
Amount = Annotated[Decimal | None, Field(ge=0, le=1_000_000_000_000, decimal_places=FINEST)]


class Filtered(Converting):
    """Lists take several values, separated by commas, spelled as people do; bounds are inclusive.

    Unknown values are found by `unknown`, and by nothing else; `<name>_not` leaves values out.
    """

    display_price_min: Amount = None
    display_price_max: Amount = None
    """In the currency asked for, as shown."""

    @model_validator(mode="after")
    def bounds_in_order(self) -> "Filtered":
        for each in BOUNDS:
            low, high = getattr(self, f"{each.name}_min"), getattr(self, f"{each.name}_max")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{each.name}_min is greater than {each.name}_max")
        return self

    @model_validator(mode="after")
    def bounds_in_a_currency(self) -> "Filtered":
        if (
            self.currency is None
            and (self.display_price_min, self.display_price_max) != (None,) * 2
        ):
            raise ValueError("display_price_min and display_price_max need a currency")
        return self

    @property
    def names_suppliers(self) -> bool:
        return any(getattr(self, name) is not None for name in FOR_STAFF)

    def conditions(self, caller: ApiKey, rate: Rate | None) -> list[Condition]:
        """What is asked, if this caller may; bounds in dollars, for what is shown is compared."""
        if self.names_suppliers:
            service.permit(caller, Scope.COSTS_READ)
        found = filters.conditions(self.model_dump(exclude_none=True))
        low, high = self.display_price_min, self.display_price_max
        if rate and (low is not None or high is not None):
            least = None if low is None else dollars_at_least(low, rate)
            most = None if high is None else dollars_at_most(high, rate)
            found.append(Within(PRICE_BOUNDS, least, most))
        return found


class SearchAsked(Filtered):
    sort_by: SortBy = "price"
    sort_order: Order = "asc"
    limit: int = Field(default=50, ge=1, le=LONGEST_EXPORT, description="above 100 for exports")
    page: int | None = Field(default=None, ge=1, description="one of the first pages, from 1")
    cursor: str | None = Field(
        default=None, max_length=500, description="nextCursor or previousCursor of an answer"
    )
    count: CountMode = Field(
        default="estimated", description="estimated counts exactly to 10,000, mostly beyond"
    )
    fields: FieldNames = None

    @property
    def skip(self) -> int:
        return ((self.page or 1) - 1) * self.limit

    @model_validator(mode="after")
    def one_way_to_page(self) -> "SearchAsked":
        if self.page and self.cursor:
            raise ValueError("page and cursor exclude each other")
        if self.skip > DEEPEST_PAGE:
            raise ValueError(f"page reaches {DEEPEST_PAGE:,} stones deep; go on with cursor")
        return self


class FacetsAsked(Filtered):
    facets: FacetNames = None

    @property
    def names_suppliers(self) -> bool:
        return super().names_suppliers or not FOR_STAFF.isdisjoint(self.facets or ())


_filters: dict[str, Any] = {}
for _each in WORDS:
    _filters |= _words(_each)
for _range in BOUNDS:
    _filters |= _bounds(_range)

DiamondSearch = cast(
    "type[SearchAsked]", create_model("DiamondSearch", __base__=SearchAsked, **_filters)
)
DiamondFacets = cast(
    "type[FacetsAsked]", create_model("DiamondFacets", __base__=FacetsAsked, **_filters)
)
