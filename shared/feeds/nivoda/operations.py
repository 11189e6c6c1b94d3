"""Our GraphQL operations: one file each under operations/, and nothing else is ever sent."""

from functools import cache
from pathlib import Path
from typing import Literal, get_args

Operation = Literal["login", "count", "page", "stone", "hold", "release", "order"]

NAMES: tuple[Operation, ...] = get_args(Operation)
FOLDER = Path(__file__).parent / "operations"
LISTING = "...Listing"


@cache
def document(operation: Operation) -> str:
    """What is sent: the operation, and the fragment of a listing if it has listings."""
    text = _read(operation)
    return f"{text}\n{_read('listing')}" if LISTING in text else text


@cache
def operation_of(text: str) -> Operation | None:
    """Which of our operations this document is, to the letter."""
    return next((name for name in NAMES if document(name) == text), None)


def _read(name: str) -> str:
    return (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
