"""Pages of staff lists: one row more than asked for says whether there are more."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from http_api.endpoint import Answer
from shared.platform import cursor

Row = TypeVar("Row")


class Page(Answer):
    limit: int
    has_more: bool
    next_cursor: str | None


def cut(
    found: Sequence[Row], limit: int, place: Callable[[Row], Sequence[str]]
) -> tuple[Sequence[Row], Page]:
    """What is shown of `limit + 1` rows, and where the next page begins."""
    shown, more = found[:limit], len(found) > limit
    following = cursor.encode(place(shown[-1])) if more else None
    return shown, Page(limit=limit, has_more=more, next_cursor=following)


def number(text: str | None) -> int | None:
    """The id in a cursor that holds nothing else."""
    if text is None:
        return None
    (place,) = cursor.decode(text, 1)
    if not (place and place.isascii() and place.isdigit() and len(place) < 19):  # noqa: PLR2004 - a bigint
        raise cursor.bad("not made by this API")
    return int(place)
