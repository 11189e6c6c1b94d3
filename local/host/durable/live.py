"""Unfinished instances in memory, with their histories."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime

from local.host.durable.events import Event, Kind, stamp
from local.host.durable.store import Instance


@dataclass(slots=True)
class History:
    """The past of one execution, parsed for the replay and as text for the SDK."""

    events: list[Event] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, texts: list[str]) -> "History":
        return cls([json.loads(text) for text in texts], texts)

    def append(self, events: list[Event]) -> list[str]:
        """Make new events part of the past; answer what to store."""
        texts = [json.dumps(as_played(event)) for event in events]
        self.events.extend(events)
        self.texts.extend(texts)
        return texts

    def next_start(self, now: datetime, fresh: list[Event]) -> str:
        """Time never goes back within an execution, nor before a timer that has fired."""
        earlier: list[str] = [e["Timestamp"] for e in self.events[-1:]]
        fired: list[str] = [e["FireAt"] for e in fresh if "FireAt" in e]
        return max([stamp(now), *earlier, *fired])


@dataclass(slots=True)
class Live:
    """An unfinished instance in memory."""

    instance: Instance
    history: History
    turning: bool = False
    due: bool = False
    rest_until: float = 0.0
    alarm: asyncio.TimerHandle | None = None


def as_played(item: Event) -> Event:
    """The marker of a turn is the one event that never counts as played."""
    return item | {"IsPlayed": item["EventType"] != Kind.ORCHESTRATOR_STARTED}
