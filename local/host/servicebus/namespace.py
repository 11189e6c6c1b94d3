"""Queues behind an AMQP endpoint, reached through Microsoft's client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import (
    AutoLockRenewer,
    ServiceBusClient,
    ServiceBusReceiver,
    ServiceBusSender,
)
from azure.servicebus.exceptions import ServiceBusError

from local.host.servicebus.queues import Received, Unreachable

RENEWED_FOR = 300  # seconds, as long as the Functions extension renews
PATIENCE = 5.0


class NamespaceQueue:
    def __init__(self, connection: str, name: str) -> None:
        self._client = ServiceBusClient.from_connection_string(connection)
        self._name = name
        self._renewer = AutoLockRenewer()
        self._receiver: ServiceBusReceiver | None = None
        self._sender: ServiceBusSender | None = None
        self._sending = asyncio.Lock()  # two first sends at once break the client

    async def receive(self, limit: int) -> list[Received]:
        if self._receiver is None:
            self._receiver = self._client.get_queue_receiver(self._name)
        with translated():
            found = await self._receiver.receive_messages(limit, max_wait_time=PATIENCE)
        for message in found:
            self._renewer.register(self._receiver, message, max_lock_renewal_duration=RENEWED_FOR)
        return [received(message) for message in found]

    async def settle(self, received: Received, *, completed: bool) -> None:
        if self._receiver is None:
            return
        end = self._receiver.complete_message if completed else self._receiver.abandon_message
        with suppress(ServiceBusError):  # the lock is lost: then it is delivered again
            await end(received.original)

    async def send(self, body: str | bytes) -> None:
        async with self._sending:
            if self._sender is None:
                self._sender = self._client.get_queue_sender(self._name)
            with translated():
                await self._sender.send_messages(ServiceBusMessage(body))

    async def close(self) -> None:
        links = [link for link in (self._receiver, self._sender) if link]
        await asyncio.gather(self._renewer.close(), *(link.close() for link in links))
        await self._client.close()


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except ServiceBusError as error:
        raise Unreachable(str(error)) from error


def received(message: ServiceBusReceivedMessage) -> Received:
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
