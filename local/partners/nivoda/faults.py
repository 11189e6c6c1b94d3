"""Listings that are wrong: broken ones that no stone can be made of, and ones that drifted."""

from collections.abc import Callable
from typing import Any

from local.partners.nivoda.payloads import Item

Breaking = Callable[[Item], Any]


def _no_certificate(item: Item) -> None:
    item["diamond"]["certificate"] = None


def _no_price(item: Item) -> None:
    item["price"] = 0


def _price_in_words(item: Item) -> None:
    item["price"] = "on request"


def _no_weight(item: Item) -> None:
    item["diamond"]["certificate"]["carats"] = None


def _no_shape(item: Item) -> None:
    item["diamond"]["certificate"]["shape"] = ""


BREAKINGS: tuple[tuple[str, Breaking], ...] = (
    ("certificate", _no_certificate),
    ("price", _no_price),
    ("price", _price_in_words),
    ("carats", _no_weight),
    ("shape", _no_shape),
)
"""Which field is at fault, and how it is broken."""


def share_of(digits: bytes, place: int) -> float:
    """A number from 0 to 1 that is this stone's own."""
    return int.from_bytes(digits[place : place + 2], "big") / 65_536


def is_malformed(digits: bytes, share: float) -> bool:
    return share_of(digits, 60) < share


def is_hidden(digits: bytes, share: float) -> bool:
    return share_of(digits, 58) < share


def breaking_of(digits: bytes) -> tuple[str, Breaking]:
    return BREAKINGS[digits[62] % len(BREAKINGS)]


def let_drift(item: Item) -> None:
    """Numbers that come as text and text that comes as numbers; a grade nobody knew."""
    certificate = item["diamond"]["certificate"]
    certificate["carats"] = str(certificate["carats"])
    certificate["table"] = 57
    certificate["girdle"] = {"from": "MED", "to": "STK"}
    certificate["polish"] = "SUPERB"
