"""JSON in which no number with a decimal point ever becomes a float."""

import json
from decimal import Decimal
from typing import Any

import orjson


def loads(text: bytes | str) -> Any:
    """Parse, with decimals as Decimal; raises ValueError."""
    return json.loads(text, parse_float=Decimal)


def dumps(content: Any) -> bytes:
    """Decimals as JSON numbers digit by digit, times in UTC with Z."""
    return orjson.dumps(content, default=_exact, option=orjson.OPT_UTC_Z)


def canonical(content: Any) -> bytes:
    """The same bytes for the same content, whatever the order of its keys."""
    return orjson.dumps(content, default=_exact, option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form")
