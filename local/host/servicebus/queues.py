"""Where triggers get messages from and outputs send them."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from local.host.servicebus.broker import Broker, LockLost, Message

FOR_EVER = 10 * 365 * 86400.0  # as long as this host lives; the next one unlocks
PATIENCE = 5.0  # seconds between looks at the broker's clock, which tests may move


class Unreachable(Exception):
    """The namespace does not answer, or does not let us in."""


@dataclass(frozen=True, slots=True)
class Received:
    """A locked message, wherever it came from."""

    body: bytes
    message_id: str
    deliveries: int
    lock_token: str
    sequence: int
    enqueued_at: datetime
    locked_until: datetime
    content_type: str | None = None
    correlation_id: str | None = None
    subject: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    original: Any = None


class Queue(Protocol):
    async def receive(self, limit: int) -> list[Received]: ...
    async def settle(self, received: Received, *, completed: bool) -> None: ...
    async def send(self, body: str | bytes) -> None: ...
    async def close(self) -> None: ...


class LocalQueue:
    """A queue of the broker in this process; its locks last as long as the host."""

    def __init__(self, broker: Broker, name: str) -> None:
        self._broker = broker
        self._name = name.casefold()
        self._news = asyncio.Event()
        broker.arrived.append(self._tell)

    async def receive(self, limit: int) -> list[Received]:
        while not (found := self._broker.receive(self._name, limit, FOR_EVER)):
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._pause())
        return [received(message) for message in found]

    async def settle(self, received: Received, *, completed: bool) -> None:
        with suppress(LockLost):  # then it is delivered again
            end = self._broker.complete if completed else self._broker.abandon
            end(received.lock_token)

    async def send(self, body: str | bytes) -> None:
        self._broker.send(self._name, body.encode() if isinstance(body, str) else body)

    async def close(self) -> None:
        self._broker.arrived.remove(self._tell)

    def _tell(self, queue: str) -> None:
        if queue == self._name:
            self._news.set()

    def _pause(self) -> float:
        moment = self._broker.next_change(self._name)
        now = self._broker.now().timestamp()
        return PATIENCE if moment is None else min(PATIENCE, max(0.01, moment - now))


def received(message: Message) -> Received:
    return Received(
        body=message.body,
        message_id=message.message_id,
        deliveries=message.returned + 1,
        lock_token=message.lock_token or "",
        sequence=message.sequence,
        enqueued_at=datetime.fromtimestamp(message.enqueued_at, UTC),
        locked_until=datetime.fromtimestamp(message.locked_until or 0, UTC),
        properties=message.properties,
    )
