"""Listings out of an answer, each with what the supplier itself could not say about it."""

from typing import Any

from shared.feeds.model import FeedShapeChanged, Item
from shared.feeds.nivoda.answers import PARTNER, Answer

PAGE = ("as", "diamonds_by_query", "items")
STONE = ("as", "get_diamond_by_id")
FAILED_FIELDS = "failedFields"
"""Ours, in a listing of which the supplier failed to give some fields; they are null then."""


def of_page(answer: Answer) -> list[Item]:
    items = below(answer, *PAGE)
    if not isinstance(items, list):
        raise FeedShapeChanged(f"{PARTNER}'s page has no list of items")
    failed = _failed_fields(answer)
    return [_marked(item, failed.get(number)) for number, item in enumerate(items)]


def of_stone(answer: Answer) -> Item | None:
    item = below(answer, *STONE)
    if item is not None and not isinstance(item, dict):
        raise FeedShapeChanged(f"{PARTNER}'s stone is no object")
    return item


def below(answer: Answer, *path: str) -> Any:
    found: Any = answer.data
    for name in path:
        if not isinstance(found, dict) or name not in found:
            raise FeedShapeChanged(f"{PARTNER} answered without {'.'.join(path)}")
        found = found[name]
    return found


def _failed_fields(answer: Answer) -> dict[int, list[str]]:
    """By the number of the item; errors of the whole request never get here."""
    failed: dict[int, list[str]] = {}
    for error in answer.errors:
        path = error.get("path")
        if not isinstance(path, list) or tuple(path[: len(PAGE)]) != PAGE:
            raise FeedShapeChanged(f"{PARTNER}: {error.get('message', error)}")
        number, *field = path[len(PAGE) :]
        failed.setdefault(number, []).append(".".join(map(str, field)))
    return failed


def _marked(item: Any, failed: list[str] | None) -> Any:
    if failed and isinstance(item, dict):
        return item | {FAILED_FIELDS: sorted(failed)}
    return item
