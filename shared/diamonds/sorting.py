"""Total orders over stones, and cursors that are exact in every one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, LiteralString
from uuid import UUID

from shared.diamonds import grading
from shared.platform import cursor

SortBy = Literal["price", "carats", "color", "clarity", "rating", "newest"]
Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class SortKey:
    """An expression to order by; with the id behind it, the order is total."""

    expression: LiteralString
    read: Callable[[str], Any]
    """Parses a cursor's value back; raises what is not a value of the expression."""
    nullable: bool = False
    tie_break: LiteralString = "diamond.id"
    """The stone's id, from the table whose index holds the expression."""


def _rank(column: LiteralString, grades: LiteralString) -> SortKey:
    """Best grade first; what is not on the scale comes after it."""
    place: LiteralString = f"COALESCE(array_position('{{{grades}}}'::text[], {column}), 1000)"
    return SortKey(place, int)


SORTS: Mapping[SortBy, SortKey] = {
    "price": SortKey("price.price_model_price", Decimal, tie_break="price.diamond_id"),
    "carats": SortKey("diamond.carats", Decimal, nullable=True),
    "color": _rank("diamond.color", ",".join(grading.COLORS)),
    "clarity": _rank("diamond.clarity", ",".join(grading.CLARITIES)),
    "rating": SortKey("price.rating", int),
    "newest": SortKey("diamond.created_at", datetime.fromisoformat),
}


@dataclass(frozen=True)
class Cursor:
    """Just after one stone, in one order."""

    sort_by: SortBy
    order: Order
    value: Any
    diamond_id: UUID

    def encoded(self) -> str:
        value = None if self.value is None else str(self.value)
        return cursor.encode([self.sort_by, self.order, value, str(self.diamond_id)])


def decoded(text: str, sort_by: SortBy, order: Order) -> Cursor:
    """Read a cursor back; it belongs to the order it was made in."""
    made_by, made_in, value, stone = cursor.decode(text, 4)
    if (made_by, made_in) != (sort_by, order):
        raise cursor.bad(f"made for sort_by={made_by}, sort_order={made_in}")
    try:
        return Cursor(sort_by, order, _read(SORTS[sort_by], value), UUID(stone))
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise cursor.bad("not made by this API") from error


def _read(key: SortKey, value: str | None) -> Any:
    if value is None and key.nullable:
        return None
    read = key.read(str(value))
    if isinstance(read, Decimal) and not read.is_finite():
        raise ValueError("not a number")
    return read


def order_by(sort_by: SortBy, order: Order) -> LiteralString:
    direction: LiteralString = "DESC" if order == "desc" else "ASC"
    key = SORTS[sort_by]
    nulls: LiteralString = " NULLS LAST" if key.nullable else ""
    return f"ORDER BY {key.expression} {direction}{nulls}, {key.tie_break} {direction}"


def just_after(place: Cursor) -> LiteralString:
    """The condition for what follows a cursor; unknown values come last in either direction."""
    key = SORTS[place.sort_by]
    beyond: LiteralString = "<" if place.order == "desc" else ">"
    if place.value is None:
        return f"({key.expression} IS NULL AND {key.tie_break} {beyond} %(after_id)s)"
    here: LiteralString = f"({key.expression}, {key.tie_break})"
    follows: LiteralString = f"{here} {beyond} (%(after_value)s, %(after_id)s)"
    return f"({follows} OR {key.expression} IS NULL)" if key.nullable else follows
