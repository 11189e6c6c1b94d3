"""Chance without luck: numbers that are always the same for the same stone."""

import struct
from collections.abc import Mapping
from enum import IntEnum
from hashlib import blake2b

WORDS = struct.Struct(">16I")
ONE = 2**32


class Aspect(IntEnum):
    """What is drawn for a stone, each from its own word of the stone's hash."""

    SHAPE = 0
    ELONGATION = 1
    ORIGIN = 2
    LAB_PRICE = 3
    CENTS = 4
    POLISH = 5
    SYMMETRY = 6
    FLUORESCENCE = 7
    TREATMENT = 8
    LABORATORY = 9
    VENDOR = 10
    PRICE_MOVE = 11
    NEWCOMER = 12
    SPOILT = 13


class Draw:
    """The numbers drawn for one key, evenly between 0 (inclusive) and 1 (exclusive)."""

    def __init__(self, key: object) -> None:
        self._words: tuple[int, ...] = WORDS.unpack(blake2b(str(key).encode()).digest())

    def share(self, aspect: Aspect) -> float:
        return self._words[aspect] / ONE

    def whole(self, aspect: Aspect, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self._words[aspect] * (high - low + 1) // ONE

    def one_of(self, aspect: Aspect, percentages: Mapping[str, int]) -> str:
        """One of the keys, as often as its percentage says."""
        left = self.whole(aspect, 0, 99)
        for choice, percentage in percentages.items():
            left -= percentage
            if left < 0:
                return choice
        raise ValueError(f"{dict(percentages)} do not add up to 100")
