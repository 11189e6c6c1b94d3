"""Taking fields from a supplier's listing: a value the catalogue can hold, None, or Unmappable.

A listing is whatever the supplier sent, so nothing here trusts a type. Everything returned fits the
catalogue's columns; one listing that does not must never fail the page it came with.
"""

import re
import reprlib
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from shared.feeds.model import Unmappable
from shared.platform.money import round_cents

Value = TypeVar("Value")

NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
HUNDREDTH = Decimal("0.01")
DOLLARS_BELOW = Decimal(10) ** 10


def fields(item: Any) -> dict[str, Any]:
    """The listing itself, if it is one at all."""
    if not isinstance(item, dict):
        raise Unmappable("(listing)", f"is {_shown(item)}, not an object")
    return item


def needed(item: dict[str, Any], field: str, value: Value | None) -> Value:
    if value is None:
        raise Unmappable(field, "is missing" if item.get(field) is None else "is empty")
    return value


def text(item: dict[str, Any], field: str, *, longest: int = 200) -> str | None:
    """Words without the blanks around them; blank ones are none."""
    value = item.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unmappable(field, f"is {_shown(value)}, not text")
    if not value.isprintable() and UNSTORABLE.search(value):
        raise Unmappable(field, "holds characters that are no text")
    if len(value) > longest:
        raise Unmappable(field, f"is longer than {longest} characters")
    return value.strip() or None


def flag(item: dict[str, Any], field: str) -> bool | None:
    value = item.get(field)
    if value is None or isinstance(value, bool):
        return value
    raise Unmappable(field, f"is {_shown(value)}, not true or false")


def dollars(item: dict[str, Any], field: str) -> Decimal | None:
    """An amount above zero in whole cents; a price is never rounded into shape."""
    amount = _number(item, field, below=DOLLARS_BELOW)
    if amount is None:
        return None
    cents = round_cents(amount)
    if cents != amount:
        raise Unmappable(field, f"is {_shown(amount)}, finer than a cent")
    if cents <= 0:
        raise Unmappable(field, f"is {_shown(amount)}, not above zero")
    return cents


def measure(item: dict[str, Any], field: str, *, below: int) -> Decimal | None:
    """A weight, length or percentage, rounded as the catalogue keeps it; zero means unmeasured."""
    value = _number(item, field, below=Decimal(below))
    if value is None:
        return None
    rounded = value.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    if rounded < 0 or rounded >= below:
        raise Unmappable(field, f"is {_shown(value)}, not between 0 and {below}")
    return rounded or None


def moment(item: dict[str, Any], field: str) -> datetime | None:
    """An ISO 8601 time that names its offset, in UTC."""
    value = text(item, field)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise Unmappable(field, f"is {_shown(value)}, a time without its offset")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Unmappable(field, f"is {_shown(value)}, not a time") from error


def _number(item: dict[str, Any], field: str, *, below: Decimal) -> Decimal | None:
    value = item.get(field)
    if value is None:
        return None
    number = _exact(value)
    if number is None:
        raise Unmappable(field, f"is {_shown(value)}, not a number")
    if number.copy_abs() >= below:
        raise Unmappable(field, f"is {_shown(value)}, not below {below}")
    return number


def _exact(value: Any) -> Decimal | None:
    """A float is no number here: it has already lost what was written."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def _shown(value: Any) -> str:
    shown = str(value) if isinstance(value, Decimal) else reprlib.repr(value)
    return shown[:60]
