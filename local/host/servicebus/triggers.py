"""Service Bus triggers and outputs of the app's functions."""

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from azure.functions.meta import Datum

from local.host.durable.events import stamp
from local.host.index import Function
from local.host.servicebus.broker import Broker
from local.host.servicebus.queues import LocalQueue, Queue, Received, Unreachable
from local.host.tasks import Tasks
from local.host.worker import Outcome

log = logging.getLogger("host.servicebus")
REST = 5.0  # seconds before an unreachable namespace is tried again

Handle = Callable[[Function, Datum, Mapping[str, Datum]], Awaitable[Outcome]]


@dataclass
class Bus:
    """All queues of the app, opened when first used."""

    broker: Broker
    settings: Mapping[str, str]
    _queues: dict[tuple[str, str], Queue] = field(default_factory=dict)

    def queue(self, binding: Mapping[str, Any]) -> Queue:
        connection, name = binding["connection"], binding["queueName"]
        key = (connection, name)
        if key not in self._queues:
            self._queues[key] = self._open(self.settings.get(connection), name)
        return self._queues[key]

    def _open(self, connection: str | None, name: str) -> Queue:
        if not connection:
            return LocalQueue(self.broker, name)
        from local.host.servicebus.namespace import (  # noqa: PLC0415 - 20 MB that few need
            NamespaceQueue,
        )

        return NamespaceQueue(connection, name)

    async def deliver(self, function: Function, outcome: Outcome) -> Outcome:
        """Send what a function has put into its outputs; it has failed if that fails."""
        sent = {**outcome.outputs, "$return": outcome.value}
        try:
            for binding in function.bound("serviceBus"):
                if (data := sent.get(binding["name"])) is not None:
                    await self.queue(binding).send(data.value)
        except Unreachable as error:
            log.exception("cannot send", extra={"told": {"function": function.name}})
            return replace(outcome, error=error)
        return outcome

    async def close(self) -> None:
        await asyncio.gather(*(queue.close() for queue in self._queues.values()))


class Listener:
    """Feeds one function from its queue, a limited number of messages at a time."""

    def __init__(
        self, function: Function, queue: Queue, limit: int, work: Tasks, handle: Handle
    ) -> None:
        self._function = function
        self._queue = queue
        self._free = limit
        self._work = work
        self._handle = handle
        self._room = asyncio.Event()

    async def run(self) -> None:
        while True:
            self._room.clear()
            if not self._free:
                await self._room.wait()
            for received in await self._receive():
                self._free -= 1
                self._work.spawn(self._consume(received))

    async def _receive(self) -> list[Received]:
        try:
            return await self._queue.receive(self._free)
        except Unreachable as error:
            log.warning("cannot receive: %s", error)
            await asyncio.sleep(REST)
            return []

    async def _consume(self, received: Received) -> None:
        """Complete the message if the function succeeds, else give it back."""
        data = body(self._function, received.body)
        outcome = await self._handle(self._function, data, metadata(received))
        await self._queue.settle(received, completed=outcome.error is None)
        self._free += 1
        self._room.set()


def body(function: Function, content: bytes) -> Datum:
    """Hand text over as text, unless the function asked for bytes or it is none."""
    if function.trigger.get("dataType") == "BINARY":
        return Datum(content, "bytes")
    try:
        return Datum(content.decode(), "string")
    except UnicodeDecodeError:
        return Datum(content, "bytes")


def metadata(received: Received) -> dict[str, Datum]:
    texts = {
        "MessageId": received.message_id,
        "LockToken": received.lock_token,
        "EnqueuedTimeUtc": stamp(received.enqueued_at),
        "LockedUntil": stamp(received.locked_until),
        "ContentType": received.content_type,
        "CorrelationId": received.correlation_id,
        "Label": received.subject,
        "Subject": received.subject,
        "DeadLetterReason": received.properties.get("DeadLetterReason"),
        "DeadLetterErrorDescription": received.properties.get("DeadLetterErrorDescription"),
    }
    properties = Datum(json.dumps(dict(received.properties), default=str), "json")
    return {
        **{name: Datum(value, "string") for name, value in texts.items() if value is not None},
        "DeliveryCount": Datum(received.deliveries, "int"),
        "SequenceNumber": Datum(received.sequence, "int"),
        "UserProperties": properties,
        "ApplicationProperties": properties,
    }


def by_hand(text: str) -> Received:
    """Make up the message of a call through the admin endpoint."""
    now = datetime.now(UTC)
    return Received(text.encode(), uuid.uuid4().hex, 1, str(uuid.uuid4()), 0, now, now)
