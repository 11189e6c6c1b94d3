"""Total orders over stones, and cursors that are exact in every one of them.

Unknown values come last in either direction; with the id behind it every order is total.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, LiteralString
from uuid import UUID

from shared.diamonds import filters
from shared.diamonds.filters import Words
from shared.platform import cursor

SortBy = Literal[
    "price",
    "price_per_carat",
    "carats",
    "color",
    "clarity",
    "cut",
    "rating",
    "ratio",
    "newest",
]
Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class SortKey:
    """A column to order by."""

    expression: LiteralString
    read: Callable[[str], Any]
    """Parses a cursor's value back; raises what is not a value of the expression."""
    nullable: bool = False
    tie_break: LiteralString = "diamond.id"
    """The stone's id, from the table whose index holds the expression."""
    of: str = ""
    """The filter over the same column, or `newest`."""


def _rank(name: str) -> SortKey:
    """Best grade first; what is not on the scale has no rank."""
    graded = filters.BY_NAME[name]
    if not isinstance(graded, Words):
        raise TypeError(name)
    scale: LiteralString = ",".join(graded.scale)
    place: LiteralString = (
        f"array_position('{{{scale}}}'::text[], split_part({graded.column}, '-', 1))"
    )
    return SortKey(place, int, nullable=True, of=name)


SORTS: Mapping[SortBy, SortKey] = {
    "price": SortKey(filters.PRICE, Decimal, tie_break="price.diamond_id", of="price"),
    "price_per_carat": SortKey(filters.PER_CARAT, Decimal, nullable=True, of="price_per_carat"),
    "carats": SortKey("diamond.carats", Decimal, nullable=True, of="carat"),
    "color": _rank("color"),
    "clarity": _rank("clarity"),
    "cut": _rank("cut"),
    "rating": SortKey("price.rating", int, of="rating"),
    "ratio": SortKey("diamond.ratio", Decimal, nullable=True, of="ratio"),
    "newest": SortKey("diamond.created_at", datetime.fromisoformat, of="newest"),
}


@dataclass(frozen=True)
class Cursor:
    """Just after one stone, in one order; or just before it, to read back from there."""

    sort_by: SortBy
    order: Order
    value: Any
    diamond_id: UUID
    back: bool = False

    def encoded(self) -> str:
        value = None if self.value is None else str(self.value)
        way = self.order + BACK if self.back else self.order
        return cursor.encode([self.sort_by, way, value, str(self.diamond_id)])


def decoded(text: str, sort_by: SortBy, order: Order) -> Cursor:
    """Read a cursor back; it belongs to the order it was made in."""
    made_by, way, value, stone = cursor.decode(text, 4)
    made_in = (way or "").removesuffix(BACK)
    if (made_by, made_in) != (sort_by, order):
        raise cursor.bad(f"made for sort_by={made_by}, sort_order={made_in}")
    try:
        read = _read(SORTS[sort_by], value)
        return Cursor(sort_by, order, read, UUID(stone), back=way != order)
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise cursor.bad("not made by this API") from error


def _read(key: SortKey, value: str | None) -> Any:
    if value is None and key.nullable:
        return None
    read = key.read(str(value))
    if isinstance(read, Decimal) and not (read.is_finite() and abs(read.adjusted()) < WIDEST):
        raise ValueError("no value of a stone")
    if isinstance(read, int) and abs(read) > HIGHEST_RANK:
        raise ValueError("no rank of a stone")
    if isinstance(read, datetime) and read.tzinfo is None:
        raise ValueError("no moment")
    return read


BACK = "-back"
WIDEST = 30
HIGHEST_RANK = 1_000


def order_by(sort_by: SortBy, order: Order, *, back: bool = False) -> LiteralString:
    """The order, or from its end to its beginning."""
    direction: LiteralString = "DESC" if (order == "desc") != back else "ASC"
    key = SORTS[sort_by]
    unknown: LiteralString = "FIRST" if back else "LAST"
    nulls: LiteralString = f" NULLS {unknown}" if key.nullable else ""
    return f"ORDER BY {key.expression} {direction}{nulls}, {key.tie_break} {direction}"


def beyond(place: Cursor) -> LiteralString:
    """The condition for what lies beyond a cursor, the way it points."""
    key = SORTS[place.sort_by]
    sign: LiteralString = "<" if (place.order == "desc") != place.back else ">"
    if place.value is None:
        alike: LiteralString = f"{key.expression} IS NULL AND {key.tie_break} {sign} %(cursor_id)s"
        return f"({alike} OR {key.expression} IS NOT NULL)" if place.back else f"({alike})"
    here: LiteralString = f"({key.expression}, {key.tie_break})"
    known: LiteralString = f"{here} {sign} (%(cursor_value)s, %(cursor_id)s)"
    unknown_too = key.nullable and not place.back
    return f"({known} OR {key.expression} IS NULL)" if unknown_too else known
