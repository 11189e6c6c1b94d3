"""The port every supplier feed satisfies, and the words it is spoken in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from shared.diamonds.model import Availability, Stone
from shared.platform.errors import Terminal, Transient, UpstreamError

Item = dict[str, Any]
"""One listing as the supplier's JSON has it."""


class FeedUnreachable(Transient):
    """The supplier did not answer, or answered with a failure of its own."""


class FeedRejected(Terminal):
    """The supplier understood and will not do it, today or tomorrow."""


class FeedShapeChanged(Terminal):
    """The answer is not what the supplier's contract says."""


class OutcomeUnknown(UpstreamError):
    """The supplier was told to do something, and nobody here knows whether it did.

    Never tried again by itself: a hold shows in `Trading.check`, an order only a person can find.
    """


class Unmappable(Exception):
    """One listing that cannot become a stone; it goes to quarantine alone."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class PriceRange(NamedTuple):
    """A stretch of the feed's price axis, from `low` to `high`; None is open-ended.

    Neighbours share their boundary. Whether a stone exactly on it belongs to one or to both is the
    supplier's affair: identity removes what comes twice, and nothing lies between two ranges.
    """

    low: Decimal
    high: Decimal | None


class Identity(NamedTuple):
    supplier_stone_id: str
    offer_id: str
    source_updated_at: datetime | None


@dataclass(frozen=True)
class FeedQuery:
    """What a run asks for: everything, or what changed at or after `updated_from`."""

    updated_from: datetime | None = None


@dataclass(frozen=True)
class PriceAxis:
    """What the supplier's price filter measures, and how finely it can be cut."""

    unit: str
    granularity: Decimal
    """Ranges narrower than this cannot be asked for."""
    ceiling: Decimal
    """Where the scan stops looking for detail; the last range is open-ended beyond it."""


class Feed(Protocol):
    """A supplier's inventory: counted, paged, identified and mapped.

    `count` and `page` raise Transient for what a retry can cure and Terminal for the rest.
    """

    name: str
    provider: str
    """Feeds of one provider share its limits and never run at once."""
    mapper_version: int
    page_size: int
    axis: PriceAxis

    def count(self, query: FeedQuery, ranges: Sequence[PriceRange]) -> list[int]:
        """How many stones each range holds, in their order."""
        ...

    def page(self, query: FeedQuery, within: PriceRange, offset: int) -> list[Item]:
        """The listings from `offset` in a stable order; only an empty page is the end."""
        ...

    def identify(self, item: Item) -> Identity:
        """Whose stone this is; raises Unmappable when even that cannot be said."""
        ...

    def stone(self, item: Item) -> Stone:
        """Map a listing; raises Unmappable."""
        ...


@dataclass(frozen=True)
class Offer:
    """What the supplier says of one stone at this moment; the price is its ask in US dollars."""

    supplier_stone_id: str
    offer_id: str
    availability: Availability
    price: Decimal
    hold_id: str | None
    """The hold that lies on the stone, if the supplier names one."""


@dataclass(frozen=True)
class Held:
    hold_id: str
    until: datetime | None


@dataclass(frozen=True)
class Purchase:
    """An order for one offer; the supplier shows `reference` on its papers."""

    offer_id: str
    reference: str
    comment: str | None = None
    destination_id: str | None = None
    """One of the addresses the supplier keeps for us; its default otherwise."""
    returnable: bool = False


@dataclass(frozen=True)
class Ordered:
    order_id: str


@dataclass(frozen=True)
class Declined:
    """The supplier understood and did nothing: the stone is gone, held or not for us."""

    reason: str


class Trading(Protocol):
    """What some suppliers can do besides: one stone held, released, ordered.

    Transient and Terminal mean that nothing was done. `hold`, `release` and `order` are sent once
    and raise OutcomeUnknown when the reply is lost.
    """

    name: str

    def check(self, supplier_stone_id: str) -> Offer | None:
        """The stone as the supplier has it now; None if it has it no longer."""
        ...

    def hold(self, supplier_stone_id: str) -> Held | Declined: ...

    def release(self, hold_id: str) -> None:
        """Give a hold back; one that is over already is no failure."""
        ...

    def order(self, purchase: Purchase) -> Ordered | Declined: ...
