"""Taking from a listing what it says, and noting what could not be made sense of.

Only what a stone cannot be sold without makes a listing unmappable. Everything else is kept, or
left out, with a doubt: the path, what stood there and what was made of it.
"""

import re
import reprlib
from collections.abc import Callable, Collection
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from shared.diamonds import grading
from shared.feeds import reading
from shared.feeds.doubts import LEFT_OUT, noted, taken_as
from shared.feeds.model import Unmappable
from shared.platform.money import from_cents

Value = TypeVar("Value")

UNKNOWN = frozenset({"", "null", "n/a", "na", "-", "nil", "undefined"})
UNSAID = UNKNOWN | {"none"}
LONGEST_UNSAID = max(map(len, UNSAID))
ABSENT = frozenset({"no", "none", "false", "0"})
LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
PLAIN_LINK = re.compile(r"https?://[!#-;=?-~]+", re.ASCII)
TRUE = frozenset({"true", "yes", "1", "t", "y"})
FALSE = frozenset({"false", "no", "0", "f", "n"})
LONGEST_TEXT = 200
LONGEST_LINK = 2_000
LARGEST_CENTS = 10**12
MOST_DAYS = 10_000
DOUBTS_AT_MOST = 40
REMEMBERED = 16_384


class Reader:
    """One object of a listing; the readers of one listing share their doubts.

    What is plainly text is taken as it is, by a short way: most fields are, and there are millions.
    """

    __slots__ = ("_doubts", "_path", "_said")

    def __init__(self, said: dict[str, Any], doubts: list[str], path: str = "") -> None:
        self._said = said
        self._doubts = doubts
        self._path = path

    def part(self, field: str) -> "Reader":
        """An object inside; a missing one says nothing."""
        inner = self._said.get(field)
        if inner is not None and not isinstance(inner, dict):
            self.doubt(field)
        return self._below(field, inner if isinstance(inner, dict) else {})

    def needed_part(self, field: str) -> "Reader":
        inner = reading.needed(self._said, field, self._said.get(field))
        if not isinstance(inner, dict):
            raise Unmappable(field, f"is {reprlib.repr(inner)}, not an object")
        return self._below(field, inner)

    def parts(self, field: str) -> list["Reader"]:
        inner = self._said.get(field)
        if inner is not None and not isinstance(inner, list):
            self.doubt(field)
        found = inner if isinstance(inner, list) else []
        return [self._below(f"{field}[]", part) for part in found if isinstance(part, dict)]

    def needed_text(self, field: str) -> str:
        text = reading.text(self._said, field)
        unsaid = text is None or text.lower() in UNSAID
        return reading.needed(self._said, field, None if unsaid else text)

    def text(self, field: str, *, longest: int = LONGEST_TEXT) -> str | None:
        """Words, unless they are one of the ways to say nothing."""
        value = self._said.get(field)
        if value is None:
            return None
        if type(value) is str and len(value) <= longest and value.isprintable():
            text = value.strip()
        else:
            text = self._odd_text(field, longest) or ""
        return None if len(text) <= LONGEST_UNSAID and text.lower() in UNSAID else text

    def link(self, field: str) -> str | None:
        value = self._said.get(field)
        if value is None:
            return None
        if type(value) is str and len(value) <= LONGEST_LINK and PLAIN_LINK.fullmatch(value):
            return value
        text = self.text(field, longest=LONGEST_LINK)
        if text is not None and not LINK.fullmatch(text):
            self.doubt(field)
            return None
        return text

    def graded(
        self, field: str, normalise: Callable[[str], str], known: Collection[str]
    ) -> str | None:
        """A grade in the trade's code; an unknown one is kept and doubted."""
        text = self.text(field)
        grade = normalise(text) if text else None
        if grade is not None and grade not in known:
            self.doubt(field, taken_as(grade))
        return grade or None

    def flag(self, field: str) -> bool | None:
        return self._unless_doubtful(field, lambda: reading.flag(self._said, field))

    def yes_or_no(self, field: str) -> bool | None:
        """A claim in words; a percentage or anything else is neither."""
        text = self.text(field)
        said = None if text is None else text.lower()
        return True if said in TRUE else False if said in FALSE else None

    def tinge(self, field: str) -> str | None:
        """How much of it there is: NONE where the supplier says so, None where it says nothing."""
        value = self._said.get(field)
        if value is None:
            return None
        plain = type(value) is str and len(value) <= LONGEST_TEXT and value.isprintable()
        return _tinge(value if plain else self._odd_text(field, LONGEST_TEXT) or "")

    def needed_carats(self, field: str) -> Decimal:
        carats = reading.measure(self._said, field, below=10_000)
        return reading.needed(self._said, field, carats)

    def measure(self, field: str, *, below: int) -> Decimal | None:
        """A measurement, mostly sent as text; zero and the ways to say nothing mean unknown."""
        value = self._said.get(field)
        if value is None:
            return None
        try:
            return _measured(value if isinstance(value, str) else str(value), below)
        except Unmappable:
            self.doubt(field)
            return None

    def needed_cents(self, field: str) -> Decimal:
        """A price in whole US cents; only a whole number above zero is one."""
        cents = reading.needed(self._said, field, self._said.get(field))
        if type(cents) is not int or not 0 < cents < LARGEST_CENTS:
            raise Unmappable(field, f"is {reprlib.repr(cents)}, not a price in whole cents")
        return from_cents(cents)

    def cents(self, field: str) -> Decimal | None:
        if self._said.get(field) is None:
            return None
        return self._unless_doubtful(field, lambda: self.needed_cents(field))

    def days(self, field: str) -> int | None:
        days = self._said.get(field)
        if type(days) is int and 0 <= days < MOST_DAYS:
            return days
        if days is not None:
            self.doubt(field)
        return None

    def order(self, field: str) -> int:
        place = self._said.get(field)
        return place if type(place) is int else 0

    def doubt(self, field: str, action: str = LEFT_OUT) -> None:
        """Note what stood there, short and printable, and what was done about it."""
        if len(self._doubts) < DOUBTS_AT_MOST:
            was = ascii(reprlib.repr(self._said.get(field)))[1:-1]
            self._doubts.append(noted(f"{self._path}{field}", was, action))

    def _below(self, field: str, inner: dict[str, Any]) -> "Reader":
        return Reader(inner, self._doubts, f"{self._path}{field}.")

    def _odd_text(self, field: str, longest: int) -> str | None:
        return self._unless_doubtful(
            field, lambda: reading.text(self._said, field, longest=longest)
        )

    def _unless_doubtful(self, field: str, take: Callable[[], Value | None]) -> Value | None:
        try:
            return take()
        except Unmappable:
            self.doubt(field)
            return None


@lru_cache(maxsize=REMEMBERED)
def _tinge(words: str) -> str | None:
    text = words.strip()
    if text.lower() in UNKNOWN:
        return None
    return "NONE" if text.lower() in ABSENT else grading.code(text)


@lru_cache(maxsize=REMEMBERED)
def _measured(text: str, below: int) -> Decimal | None:
    """The same few thousand measurements come again and again."""
    words = text.strip()
    if words.lower() in UNSAID:
        return None
    return reading.measure({"": words}, "", below=below)
