"""Fetching a partition page by page, to its very end, whatever moves at the supplier meanwhile."""

from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Literal
from uuid import UUID

from psycopg import Connection

from shared.diamonds.model import diamond_id
from shared.feeds import registry
from shared.feeds.model import Feed, FeedQuery, FeedUnreachable, Item, Unmappable
from shared.ingestion import news, queries, sightings, writing
from shared.ingestion.model import OpenPartition
from shared.ingestion.staging import RunRefused
from shared.platform import db
from shared.platform.errors import Terminal, UpstreamError
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.quality import service as quality
from shared.quality.checks import Checks

log = Log("ingestion.pages")

State = Literal["more", "completed", "failed", "stopped"]


QUICK_SECONDS = 1.0
"""Pages are gathered for one write no longer than this: what is read is soon safe, and seen."""


class EndedEarly(FeedUnreachable):
    """The supplier shows less than it counts; a partition never ends like that."""


@dataclass(frozen=True)
class Reading:
    """What was read: listings that follow the anchor, or that another stone is where it was."""

    items: list[Item]
    pages: int = 1
    moved: bool = False
    anchored: bool = True
    """Whether there was a stone at all where the anchor was."""


MOVED = Reading([], moved=True)


def ingest_pages(run_id: UUID, partition_id: str) -> State:
    """Fetch and write pages until the partition ends or the activity's budget is used up.

    Raises Transient for what a retry can cure; a supplier's final word fails the partition.
    """
    ingest = settings().ingest
    deadline = monotonic() + ingest.seconds_per_activity
    part, rules = _begun(run_id, partition_id)
    enough = (part.pages if part else 0) + ingest.pages_per_activity
    try:
        for _ in range(ingest.pages_per_activity):
            if part is None or _state(part) != "more" or part.pages >= enough:
                break
            part = _next_pages(part, ingest.stones_per_write, rules)
            if monotonic() > deadline:
                break
    except Terminal as error:
        fail_partition(run_id, partition_id, str(error))
        return "failed"
    return _state(part) if part else "stopped"


def fail_partition(run_id: UUID, partition_id: str, reason: str) -> None:
    with db.transaction() as conn:
        ended = queries.end_partition(
            conn, run_id=run_id, partition_id=partition_id, status="failed", error=reason[:1_000]
        )
        if ended:
            news.partition_failed(conn, run_id, partition_id, reason)
    log.warning("partition failed", run_id=run_id, partition=partition_id, reason=reason)


def _begun(run_id: UUID, partition_id: str) -> tuple[OpenPartition | None, Checks]:
    with db.transaction() as conn:
        queries.begin_partition(conn, run_id=run_id, partition_id=partition_id)
        part = queries.find_partition(conn, run_id=run_id, partition_id=partition_id)
        return part, quality.checks_of(conn, run_id)


def _state(part: OpenPartition) -> State:
    if part.status == "completed":
        return "completed"
    return "more" if part.status == "running" and part.run_is_open else "stopped"


def _next_pages(part: OpenPartition, stones: int, rules: Checks) -> OpenPartition | None:
    """The partition as it stands after another page or a few, whoever wrote them."""
    feed = registry.feed(part.feed)
    _guard_against_runaway(feed, part)
    reading = _read_on(feed, part, _read(feed, part), stones)
    try:
        with db.transaction() as conn:
            if reading.items:
                return writing.write_pages(
                    conn, feed, part, reading.items, reading.pages, rules=rules
                )
            return _without_items(conn, feed, part, reading)
    except writing.Overtaken:
        return _found(part)
    except RunRefused as why:
        with db.transaction() as conn:
            writing.refuse(conn, feed, part, why)
        return _found(part)


def _without_items(
    conn: Connection, feed: Feed, part: OpenPartition, reading: Reading
) -> OpenPartition | None:
    if reading.moved:
        writing.step_back(conn, part, feed.page_size)
    elif writing.end(conn, part):
        news.partitions_ended(conn, part.run_id, part.partition_id)
    return queries.find_partition(conn, run_id=part.run_id, partition_id=part.partition_id)


def _found(part: OpenPartition) -> OpenPartition | None:
    with db.transaction() as conn:
        return queries.find_partition(conn, run_id=part.run_id, partition_id=part.partition_id)


def _guard_against_runaway(feed: Feed, part: OpenPartition) -> None:
    """A supplier that never sends an empty page must not keep us for ever."""
    most = 10 * part.expected + 100 * feed.page_size
    if max(part.next_offset, part.fetched) > most:
        raise Terminal(f"still no empty page at offset {part.next_offset} of {part.expected}")


def _read(feed: Feed, part: OpenPartition) -> Reading:
    """The page at the partition's offset; an empty one is believed where the count ends, too."""
    reading = _following(feed, part)
    if reading.items or reading.moved:
        return reading
    (counted,) = feed.count(FeedQuery(part.read_from), [part.range])
    if counted < part.next_offset and not reading.anchored:
        return MOVED
    if counted <= part.next_offset and reading.anchored:
        return reading
    again = _following(feed, part)
    if again.items or again.moved:
        return again
    if counted - part.next_offset <= _hidden_so_far(feed, part):
        return again
    raise EndedEarly(f"no more stones at {part.next_offset}, though {counted} are counted")


def _hidden_so_far(feed: Feed, part: OpenPartition) -> int:
    """Stones the supplier counted and left out of its pages: each made another come twice.

    Those that came twice because we stepped back do not tell of any.
    """
    return part.duplicate - part.rewinds * feed.page_size


def _following(feed: Feed, part: OpenPartition) -> Reading:
    """What follows the partition's anchor, read from one stone earlier on.

    Offsets shift when stones before them are sold. The stone that ended the last page must begin
    this one; if it does not, stones may have slid past us, and the reading steps back.
    """
    if part.next_offset == 0 or part.anchor is None:
        return Reading(_page(feed, part, part.next_offset))
    overlapping = _page(feed, part, part.next_offset - 1)
    if not overlapping:
        return Reading([], anchored=False)
    if _begins_with(feed, overlapping, part.anchor) or _begins_with_a_seen_stone(
        feed, part, overlapping
    ):
        return Reading(overlapping[1:] or _page(feed, part, part.next_offset))
    return MOVED


def _page(feed: Feed, part: OpenPartition, offset: int) -> list[Item]:
    return feed.page(FeedQuery(part.read_from), part.range, offset)


def _read_on(feed: Feed, part: OpenPartition, read: Reading, stones: int) -> Reading:
    """Further pages to be written with the first, up to so many stones: each costs a round trip.

    Only while each begins with the stone that ended the one before, and the supplier is quick and
    well. Whatever else there is to see is seen by the next reading, which begins where this ended.
    """
    items, pages, began = list(read.items), read.pages, monotonic()
    with suppress(UpstreamError):
        while 0 < len(items) < stones and monotonic() - began < QUICK_SECONDS:
            further = _plainly_following(feed, part, len(items), items[-1])
            if not further:
                break
            items += further
            pages += 1
    return Reading(items, pages, read.moved)


def _plainly_following(feed: Feed, part: OpenPartition, read: int, last: Item) -> list[Item]:
    anchor = _stone_id(feed, last)
    if anchor is None:
        return []
    overlapping = _page(feed, part, part.next_offset + read - 1)
    return overlapping[1:] if overlapping and _begins_with(feed, overlapping, anchor) else []


def _begins_with(feed: Feed, items: list[Item], anchor: str) -> bool:
    return _stone_id(feed, items[0]) == anchor


def _begins_with_a_seen_stone(feed: Feed, part: OpenPartition, items: list[Item]) -> bool:
    """Everything before a stone seen in this run has been seen, too: the order is stable."""
    stone_id = _stone_id(feed, items[0])
    if stone_id is None:
        return False
    with db.transaction() as conn:
        return sightings.was_sighted(
            conn, run_id=part.run_id, diamond_id=diamond_id(feed.name, stone_id)
        )


def _stone_id(feed: Feed, item: Item) -> str | None:
    try:
        return feed.identify(item).supplier_stone_id
    except Unmappable:
        return None
