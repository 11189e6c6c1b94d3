"""Where triggers get messages from and outputs send them: the broker here, or a real namespace."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import AutoLockRenewer, ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

from local.host.servicebus.broker import Broker, LockLost, Message

RENEWED_FOR = 300  # seconds, as long as the Functions extension renews
PATIENCE = 5.0


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
        while not (found := self._broker.receive(self._name, limit, RENEWED_FOR * 1000)):
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


class AzureQueue:
    """A queue behind an AMQP endpoint, through Microsoft's client."""

    def __init__(self, connection: str, name: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection)
        self._name = name
        self._renewer = AutoLockRenewer()
        self._receiver: ServiceBusReceiver | None = None
        self._sending = asyncio.Lock()  # two first sends at once break the client

    async def receive(self, limit: int) -> list[Received]:
        if self._receiver is None:
            self._receiver = self._client.get_queue_receiver(self._name)
        found = await self._receiver.receive_messages(limit, max_wait_time=PATIENCE)
        for message in found:
            self._renewer.register(self._receiver, message, max_lock_renewal_duration=RENEWED_FOR)
        return [received_from_azure(message) for message in found]

    async def settle(self, received: Received, *, completed: bool) -> None:
        if self._receiver is None:
            return
        end = self._receiver.complete_message if completed else self._receiver.abandon_message
        with suppress(ServiceBusError):  # the lock is lost: then it is delivered again
            await end(received.original)

    async def send(self, body: str | bytes) -> None:
        async with self._sending, self._client.get_queue_sender(self._name) as sender:
            await sender.send_messages(ServiceBusMessage(body))

    async def close(self) -> None:
        await self._renewer.close()
        if self._receiver:
            await self._receiver.close()
        await self._client.close()


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


def received_from_azure(message: ServiceBusReceivedMessage) -> Received:
    properties = message.application_properties or {}
    return Received(
        body=b"".join(message.body),
        message_id=message.message_id or "",
        deliveries=(message.delivery_count or 0) + 1,
        lock_token=str(message.lock_token),
        sequence=message.sequence_number or 0,
        enqueued_at=message.enqueued_time_utc or datetime.now(UTC),
        locked_until=message.locked_until_utc or datetime.now(UTC),
        content_type=message.content_type,
        correlation_id=message.correlation_id,
        subject=message.subject,
        properties={text(k): text(v) for k, v in properties.items()},
        original=message,
    )


def text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
