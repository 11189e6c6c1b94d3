"""The supplier's house: its shelves, its holds and orders, its bad days."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from time import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from local.partners.nivoda import distribution, faults
from local.partners.nivoda.counters import Counters
from local.partners.nivoda.knobs import Dice, Knobs
from local.partners.nivoda.payloads import Item, Writer
from local.partners.nivoda.sessions import Sessions
from local.partners.nivoda.shelf import AVAILABLE, GONE, HELD, Kind, Shelf, Stone, Wanted

LARGEST_PAGE = 50
HOLD_SECONDS = 48 * 3600
EVERYTHING = Wanted(0, 2**31 - 1)


class Changes(BaseModel):
    """What happens to so many stones of one kind at once, chosen by chance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = "natural"
    edited: int = Field(default=0, ge=0)
    sold: int = Field(default=0, ge=0)
    added: int = Field(default=0, ge=0)
    at: datetime | None = None
    """The stamp of the changes; now, if none is given."""
    seed: int = 0


class Changed(BaseModel):
    """The ids of the stones."""

    edited: list[str]
    sold: list[str]
    added: list[str]


class Refused(Exception):
    """The supplier's own words for why not."""


@dataclass(frozen=True)
class Hold:
    id: str
    denied: bool
    until: float | None


class Supplier:
    def __init__(self, *, natural: int, labgrown: int, seed: int = 0) -> None:
        self._stones = {"natural": natural, "labgrown": labgrown}
        self._seed = seed
        self.dice = Dice(seed)
        self.knobs = Knobs()
        self.counters = Counters()
        self.sessions = Sessions()
        self._writer = Writer(seed)
        self.holds: dict[str, tuple[Kind, int]] = {}
        self.orders: list[dict[str, Any]] = []

    @cached_property
    def natural(self) -> Shelf:
        spread = distribution.natural(self._stones["natural"], Random(self._seed))
        return Shelf("natural", spread)

    @cached_property
    def labgrown(self) -> Shelf:
        spread = distribution.labgrown(self._stones["labgrown"], Random(self._seed + 1))
        return Shelf("labgrown", spread)

    def shelf(self, kind: Kind) -> Shelf:
        return self.labgrown if kind == "labgrown" else self.natural

    def page(self, kind: Kind, wanted: Wanted, offset: int, limit: int) -> Iterator[Item]:
        """The listings of a page, cut first and filtered afterwards."""
        numbers = self.shelf(kind).find(wanted)[offset : offset + limit]
        for number in numbers[: self._page_length(wanted.low, offset, len(numbers))]:
            digits = self._writer.digits(kind, number)
            if not faults.is_hidden(digits, self.knobs.hidden_share):
                yield self._listing(kind, number, digits)

    def item(self, diamond_id: str) -> Item:
        kind, stone = self._existing(diamond_id)
        return self._writer.item(kind, stone, self._hold_on(kind, stone.number))

    def hold(self, diamond_id: str) -> Hold:
        kind, stone = self._existing(diamond_id)
        if self.knobs.denied_holds:
            self.knobs = _fewer(self.knobs, "denied_holds")
            return Hold(secrets.token_hex(16), denied=True, until=None)
        if stone.state != AVAILABLE:
            raise Refused("Diamond is on hold")
        hold = Hold(secrets.token_hex(16), denied=False, until=(time() + HOLD_SECONDS) * 1000)
        self.holds[hold.id] = (kind, stone.number)
        self.shelf(kind).put(stone.number, HELD)
        return hold

    def cancel_hold(self, hold_id: str) -> Hold:
        held = self.holds.pop(hold_id, None)
        if held is None:
            raise Refused("Hold not found")
        self.shelf(held[0]).put(held[1], AVAILABLE)
        return Hold(hold_id, denied=False, until=None)

    def order(self, items: list[dict[str, Any]]) -> str:
        """Ours may be on hold: every hold here is the one caller's."""
        stones = [self._existing(item["offerId"].removeprefix("DIAMOND/")) for item in items]
        for kind, stone in stones:
            self._sell(kind, stone.number)
        if self.knobs.refused_orders:
            self.knobs = _fewer(self.knobs, "refused_orders")
            raise Refused("Diamond is not available")
        order_id = secrets.token_hex(16)
        self.orders.append({"id": order_id, "items": items})
        return order_id

    def loses_reply(self) -> bool:
        if not self.knobs.lost_replies:
            return False
        self.knobs = _fewer(self.knobs, "lost_replies")
        return True

    def change(self, asked: Changes) -> Changed:
        dice, shelf = Random(asked.seed), self.shelf(asked.kind)
        at = int((asked.at or datetime.now(UTC)).timestamp() * 1_000_000)
        chosen = shelf.some(asked.edited + asked.sold, dice)
        edited, sold = chosen[: asked.edited], chosen[asked.edited :]
        for number in edited:
            shelf.reprice(number, round(_known(shelf, number).cents * dice.uniform(0.9, 1.1)), at)
        for number in sold:
            shelf.put(number, GONE)
        added = [self._another(shelf, dice, at) for _ in range(asked.added)]
        return Changed(
            edited=self._ids(asked.kind, edited),
            sold=self._ids(asked.kind, sold),
            added=self._ids(asked.kind, added),
        )

    def malformed(self, kind: Kind) -> dict[str, str]:
        """Every stone whose listing is broken at present, with the field at fault."""
        found = {}
        for number in self.shelf(kind).find(EVERYTHING):
            digits = self._writer.digits(kind, number)
            if faults.is_malformed(digits, self.knobs.malformed_share):
                found[self._writer.diamond_id(kind, number)] = faults.breaking_of(digits)[0]
        return found

    def ids(self, kind: Kind) -> list[str]:
        """All stones on the shelf."""
        return self._ids(kind, self.shelf(kind).find(EVERYTHING))

    def prices(self, kind: Kind) -> dict[str, int]:
        """All stones on the shelf, with their prices in US cents."""
        shelf = self.shelf(kind)
        return {
            self._writer.diamond_id(kind, number): _known(shelf, number).cents
            for number in shelf.find(EVERYTHING)
        }

    def _listing(self, kind: Kind, number: int, digits: bytes) -> Item:
        item = self._writer.item(kind, _known(self.shelf(kind), number))
        if faults.is_malformed(digits, self.knobs.malformed_share):
            faults.breaking_of(digits)[1](item)
        elif self.knobs.drift:
            faults.let_drift(item)
        return item

    def _page_length(self, salt: int, offset: int, stones: int) -> int:
        """Some pages are short, the same ones every time; never empty."""
        chance = Random(f"{self._seed}/{salt}/{offset}")
        if stones and chance.random() < self.knobs.short_page_share:
            return max(1, stones - chance.randint(1, 10))
        return stones

    def _existing(self, diamond_id: str) -> tuple[Kind, Stone]:
        found = self._writer.found(diamond_id)
        stone = self.shelf(found[0]).stone(found[1]) if found else None
        if found is None or stone is None or stone.state == GONE:
            raise Refused("Diamond not found")
        return found[0], stone

    def _sell(self, kind: Kind, number: int) -> None:
        """A hold ends with the stone."""
        self.shelf(kind).put(number, GONE)
        self.holds.pop(self._hold_on(kind, number) or "", None)

    def _hold_on(self, kind: Kind, number: int) -> str | None:
        held = (hold for hold, stone in self.holds.items() if stone == (kind, number))
        return next(held, None)

    def _another(self, shelf: Shelf, dice: Random, at: int) -> int:
        like = _known(shelf, dice.choice(shelf.some(1, dice)))
        return shelf.add(round(like.cents * dice.uniform(0.98, 1.02)), like.hundredths, at)

    def _ids(self, kind: Kind, numbers: Any) -> list[str]:
        return [self._writer.diamond_id(kind, number) for number in numbers]


def _known(shelf: Shelf, number: int) -> Stone:
    stone = shelf.stone(number)
    if stone is None:
        raise LookupError(f"no stone {number}")
    return stone


def _fewer(knobs: Knobs, field: str) -> Knobs:
    return knobs.model_copy(update={field: getattr(knobs, field) - 1})
