"""Service Bus, as far as we send: one message into one queue."""

from functools import cache
from typing import TYPE_CHECKING

from shared.platform.errors import Terminal, Transient
from shared.platform.settings import settings

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusClient

TIMEOUT_SECONDS = 10


def configured() -> bool:
    bus = settings().service_bus
    return bool(bus.connection_string or bus.namespace)


@cache
def client() -> "ServiceBusClient":
    """One for the process; its links are opened for each message and closed again."""
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - slow, and many never send
    from azure.servicebus import ServiceBusClient  # noqa: PLC0415

    bus = settings().service_bus
    if bus.connection_string:
        return ServiceBusClient.from_connection_string(
            bus.connection_string.get_secret_value(), retry_total=0
        )
    if not bus.namespace:
        raise Terminal("ServiceBusConnection is not set any more")
    credential = DefaultAzureCredential(managed_identity_client_id=bus.client_id)
    return ServiceBusClient(bus.namespace, credential, retry_total=0)


def send(queue: str, body: str, *, message_id: str, trace_id: str | None = None) -> None:
    """Queues with duplicate detection drop what they have seen under this id."""
    from azure.servicebus import ServiceBusMessage  # noqa: PLC0415 - slow, and many never send
    from azure.servicebus.exceptions import ServiceBusError  # noqa: PLC0415

    try:
        with client().get_queue_sender(queue) as sender:
            message = ServiceBusMessage(
                body,
                message_id=message_id[:128],
                correlation_id=trace_id,
                content_type="application/json",
            )
            sender.send_messages(message, timeout=TIMEOUT_SECONDS)
    except ServiceBusError as error:
        raise Transient(f"Service Bus did not take it: {error}") from error
