"""JSON in which no number with a decimal point ever becomes a float."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

LONGEST_NUMBER = 100
LONGEST_INTEGER = 18  # digits that always fit into 64 bits


class NotJson(ValueError):
    """The text is no JSON, or holds what no partner of ours may mean by a number."""


class NoJsonForm(ValueError):
    """The content cannot be written as JSON that everybody reads alike."""


def loads(text: bytes | str) -> Any:
    """Parse, with decimals as Decimal; raises NotJson."""
    try:
        return json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"{error}"[:200]) from error


def dumps(content: Any) -> bytes:
    """Decimals as JSON numbers digit by digit, times in UTC with Z; raises NoJsonForm."""
    return _written(content, orjson.OPT_UTC_Z)


def canonical(content: Any) -> bytes:
    """The same bytes for the same content, whatever the order of its keys; raises NoJsonForm."""
    return _written(content, orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)


def _written(content: Any, options: int) -> bytes:
    try:
        return orjson.dumps(content, default=_exact, option=options)
    except TypeError as error:
        raise NoJsonForm(str(error)) from error


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise NotJson(f"the number {digits} is out of range")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > LONGEST_NUMBER:
        raise NotJson("a number of more than 100 characters")
    try:
        number = Decimal(digits)
    except InvalidOperation as error:
        raise NotJson(f"the number {digits} is out of range") from error
    if abs(number.adjusted()) > LONGEST_NUMBER:
        raise NotJson(f"the number {digits} is out of range")
    return number


def _refused(word: str) -> Any:
    raise NotJson(f"{word} is not a JSON number")


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form")
