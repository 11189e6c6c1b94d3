"""What becomes of one page: every listing sorted into exactly one kind."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from uuid import UUID

from shared.diamonds.model import Stone, diamond_id
from shared.drift.model import TypeChanged
from shared.feeds.model import Feed, Identity, Item, Unmappable
from shared.ingestion.model import KnownHash
from shared.platform import exact_json
from shared.quality.checks import NO_RULES, Checks, said
from shared.quality.model import RunRule

NOT_CONTENT = ("diamond_id", "feed", "supplier_stone_id", "source_updated_at", "doubts")
"""Of a stone: what it is known by, and what no shop is told."""

_catalogued = itemgetter(*(n for n, name in enumerate(Stone._fields) if name not in NOT_CONTENT))

NONE_CHANGED: Mapping[bytes, TypeChanged] = MappingProxyType({})


@dataclass(frozen=True)
class Listing:
    """A supplier's listing that says whose stone it is."""

    identity: Identity
    diamond_id: UUID
    item: Item
    payload: bytes
    payload_hash: bytes
    told_at: datetime | None = None
    """When the supplier said so, if that was not just now."""


@dataclass(frozen=True)
class Broken:
    """A listing that cannot become a stone."""

    supplier_stone_id: str | None
    diamond_id: UUID | None
    payload: bytes
    payload_hash: bytes
    field: str
    reason: str
    rule: RunRule | None = None
    """The one it breaks, if it could have been mapped."""
    changed: TypeChanged | None = None
    """Or the field that comes in another type than before."""


class BreaksRule(Unmappable):
    """A stone that may not be published, though it could be."""

    def __init__(self, rule: RunRule, stone: Stone) -> None:
        super().__init__(rule.field, said(rule, stone))
        self.rule = rule


class RunRefused(Exception):
    """A rule or policy ends the run at such a stone; nothing of its page is written."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(f"stone {broken.supplier_stone_id}: {broken.field} {broken.reason}")
        self.broken = broken


@dataclass
class Tally:
    """A page's part of the ledger."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    quarantined: int = 0


@dataclass
class Sorted:
    """A page, sorted: what to write and what to count."""

    tally: Tally = field(default_factory=Tally)
    write: list[tuple[Listing, Stone]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    """By the supplier's ids, what was on file with another payload."""
    hits: list[tuple[RunRule, str]] = field(default_factory=list)
    """What rules caught: the rule, and the stone by the supplier's id."""


def identified(feed: Feed, items: Sequence[Item]) -> tuple[list[Listing], list[Broken]]:
    """Every listing either says whose it is, or is broken."""
    listings: list[Listing] = []
    broken: list[Broken] = []
    for item in items:
        payload, fault = _payload(item)
        digest = hashlib.sha256(payload).digest()
        try:
            if fault:
                raise fault
            identity = feed.identify(item)
        except Unmappable as why:
            broken.append(Broken(None, None, payload, digest, why.field, why.reason))
            continue
        stone_id = diamond_id(feed.name, identity.supplier_stone_id)
        listings.append(Listing(identity, stone_id, item, payload, digest))
    return listings, broken


def _payload(item: Item) -> tuple[bytes, Unmappable | None]:
    """The listing as JSON; one that has no JSON form is kept as the text of what it was."""
    try:
        payload = exact_json.canonical(item)
    except exact_json.NoJsonForm as error:
        told = repr(item).encode("ascii", "backslashreplace").decode()
        return exact_json.canonical({"unreadable": told}), Unmappable("(listing)", str(error))
    if b"\\u0000" in payload:
        return payload, Unmappable("(listing)", "holds a character that no text column takes")
    return payload, None


def sort_page(
    feed: Feed,
    listings: Sequence[Listing],
    broken: Sequence[Broken],
    *,
    first_seen: Collection[UUID],
    known: Mapping[str, KnownHash],
    rules: Checks = NO_RULES,
    changed: Mapping[bytes, TypeChanged] = NONE_CHANGED,
) -> Sorted:
    """Decide every listing once; of a stone that comes twice the newer content stays.

    Raises RunRefused.
    """
    page = Sorted(broken=list(broken), tally=Tally(quarantined=len(broken)))
    unseen = set(first_seen)
    on_file = dict(known)
    for listing in listings:
        first = listing.diamond_id in unseen
        unseen.discard(listing.diamond_id)
        fault = changed.get(listing.payload_hash)
        _sort(feed, page, listing, on_file, rules, fault=fault, first=first)
    page.write = list(
        {listing.diamond_id: (listing, stone) for listing, stone in page.write}.values()
    )
    return page


def judged(stone: Stone, rules: Checks, hits: list[tuple[RunRule, str]]) -> Stone:
    """The stone, if no rule keeps it off; warnings are added to the hits. Raises BreaksRule."""
    broken = rules.broken(stone)
    if broken and broken[0].effect != "warn":
        raise BreaksRule(broken[0], stone)
    hits += [(rule, stone.supplier_stone_id) for rule in broken]
    return stone


def caught(listing: Listing, fault: Unmappable) -> Broken:
    """The listing with what is wrong with it; raises RunRefused where rule or policy says so."""
    rule = fault.rule if isinstance(fault, BreaksRule) else None
    changed = fault if isinstance(fault, TypeChanged) else None
    broken = Broken(
        listing.identity.supplier_stone_id,
        listing.diamond_id,
        listing.payload,
        listing.payload_hash,
        fault.field,
        fault.reason,
        rule,
        changed,
    )
    if (rule and rule.effect == "fail") or (changed and changed.fails):
        raise RunRefused(broken)
    return broken


def _sort(
    feed: Feed,
    page: Sorted,
    listing: Listing,
    on_file: dict[str, KnownHash],
    rules: Checks,
    *,
    fault: TypeChanged | None,
    first: bool,
) -> None:
    before = on_file.get(listing.identity.supplier_stone_id)
    if not _differs(listing, before, first=first):
        page.tally.unchanged += first
        page.tally.duplicate += not first
        return
    try:
        if fault:
            raise fault
        stone = judged(feed.stone(listing.item), rules, page.hits)
    except Unmappable as why:
        page.tally.quarantined += 1
        page.broken.append(caught(listing, why))
        return
    page.write.append((listing, stone))
    if before is not None:
        page.replaced.add(stone.supplier_stone_id)
    on_file[stone.supplier_stone_id] = _filed(listing)
    page.tally.new += first and before is None
    page.tally.changed += first and before is not None
    page.tally.duplicate += not first


def differing(listings: Sequence[Listing], known: Mapping[str, KnownHash]) -> Mapping[bytes, Item]:
    """By their hashes, the payloads that are not on file."""
    return {
        listing.payload_hash: listing.item
        for listing in listings
        if (before := known.get(listing.identity.supplier_stone_id)) is None
        or before.payload_hash != listing.payload_hash
    }


def _differs(listing: Listing, before: KnownHash | None, *, first: bool) -> bool:
    """Whether the listing says something that is not on file; a repeat must not be older."""
    if before is None:
        return True
    if before.payload_hash == listing.payload_hash:
        return False
    return first or not _older(listing, before)


def _older(listing: Listing, before: KnownHash) -> bool:
    mine, theirs = listing.identity.source_updated_at, before.source_updated_at
    return mine is not None and theirs is not None and mine < theirs


def _filed(listing: Listing) -> KnownHash:
    return KnownHash(
        supplier_stone_id=listing.identity.supplier_stone_id,
        payload_hash=listing.payload_hash,
        source_updated_at=listing.identity.source_updated_at,
    )


def content_hash(stone: Stone) -> bytes:
    """Equal for two listings of a stone that would make the same catalogue row."""
    return hashlib.blake2b(repr(_catalogued(stone)).encode(), digest_size=16).digest()
