"""The state of the whole installation in numbers, as only the database knows it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from opentelemetry.metrics import _Gauge as Gauge
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.metrics import METER, REGISTRY
from shared.platform.sql import queries

OPERATIONS = queries("operations")


class FeedFacts(BaseModel):
    """Of a feed's newest run, open or over; `seconds_since_completed` is None before the first."""

    model_config = ConfigDict(frozen=True)

    feed: str
    status: str
    stones: int
    fetched: int
    new: int
    changed: int
    quarantined: int
    seconds_since_completed: float | None
    queued: int
    in_quarantine: int


class OpenPartitions(BaseModel):
    feed: str
    status: str
    partitions: int


class WaitingMessages(BaseModel):
    queue: str
    messages: int


class Fact(NamedTuple):
    """One number: its metric, what that means, and the labels that tell it from its like."""

    name: str
    about: str
    labels: dict[str, str]
    value: float


PER_FEED = {
    "stones": ("opus_stones", "Active stones after the newest run."),
    "fetched": ("opus_run_fetched_stones", "Stones fetched by the newest run."),
    "new": ("opus_run_new_stones", "New stones in the newest run."),
    "changed": ("opus_run_changed_stones", "Changed stones in the newest run."),
    "quarantined": ("opus_run_quarantined_stones", "Stones the newest run could not map."),
    "queued": ("opus_queued_stones", "Stones that wait for consolidation."),
    "in_quarantine": ("opus_quarantine_stones", "Stones in quarantine."),
    "seconds_since_completed": ("opus_run_age_seconds", "Since the last completed run."),
}


def list_facts(conn: Connection) -> list[Fact]:
    feeds = db.many(conn, OPERATIONS["list_feed_facts"], FeedFacts)
    partitions = db.many(conn, OPERATIONS["list_open_partitions"], OpenPartitions)
    messages = db.many(conn, OPERATIONS["list_waiting_messages"], WaitingMessages)
    return [*_of_feeds(feeds), *_of_partitions(partitions), *_of_messages(messages)]


def exposition(facts: Sequence[Fact]) -> bytes:
    """Everything in Prometheus' text format: these facts, and what this process measured."""
    return generate_latest(REGISTRY) + generate_latest(_registry(facts))


def record(facts: Sequence[Fact]) -> None:
    """Hand the facts to Azure Monitor, where it is configured."""
    for name, about, labels, value in facts:
        _gauge(name, about).set(value, labels)


@cache
def _gauge(name: str, about: str) -> Gauge:
    return METER.create_gauge(name, description=about)


def _of_feeds(feeds: Sequence[FeedFacts]) -> Iterator[Fact]:
    for feed in feeds:
        for field, (name, about) in PER_FEED.items():
            value = getattr(feed, field)
            if value is not None:
                yield Fact(name, about, {"feed": feed.feed}, value)
        about = "The newest run's status."
        yield Fact("opus_run_status", about, {"feed": feed.feed, "status": feed.status}, 1)


def _of_partitions(found: Sequence[OpenPartitions]) -> Iterator[Fact]:
    for one in found:
        labels = {"feed": one.feed, "status": one.status}
        yield Fact("opus_open_partitions", "Partitions of open runs.", labels, one.partitions)


def _of_messages(found: Sequence[WaitingMessages]) -> Iterator[Fact]:
    for one in found:
        labels = {"queue": one.queue}
        yield Fact("opus_waiting_messages", "Messages that wait.", labels, one.messages)


@dataclass(frozen=True, eq=False)
class _Facts(Collector):
    facts: Sequence[Fact]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for name, about, labels, value in self.facts:
            family = families.setdefault(name, GaugeMetricFamily(name, about, labels=list(labels)))
            family.add_metric(list(labels.values()), value)
        yield from families.values()


def _registry(facts: Sequence[Fact]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Facts(facts))
    return registry
