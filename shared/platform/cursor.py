"""Opaque page cursors: a short list of texts, unreadable enough that nobody builds on it."""

import base64
from collections.abc import Sequence

import orjson

from shared.platform.errors import Invalid


def encode(parts: Sequence[str | None]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


def decode(text: str, *lengths: int) -> list[str | None]:
    """Read so many parts back; raises Invalid for anything `encode` did not make."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise bad("not made by this API") from error
    if not isinstance(parts, list) or len(parts) not in lengths or not all(map(_fits, parts)):
        raise bad("not made by this API")
    return parts


def bad(reason: str) -> Invalid:
    hint = "Pass a cursor of the previous answer with the same sort, or leave it out."
    return Invalid("The cursor is not valid.", fields={"cursor": reason}, hint=hint)


def _fits(part: object) -> bool:
    return part is None or isinstance(part, str)
