"""What comes in from Service Bus, and what our own outbox sends us where there is none."""

import asyncio
from uuid import uuid4

import azure.durable_functions as df
import azure.functions as func

from shared.ingestion import work
from shared.ingestion.messages import CONSOLIDATE, WORK_ITEMS
from shared.ingestion.work import Delivered
from shared.notifications import relay
from shared.notifications.model import Posted
from shared.platform import bus, trace
from triggers.starting import begin

bp = df.Blueprint()

CONNECTION = "ServiceBusConnection"
DEAD = "/$deadletterqueue"
MOST_AT_ONCE = 500


@bp.service_bus_queue_trigger("message", connection=CONNECTION, queue_name=WORK_ITEMS)
@bp.durable_client_input(client_name="client")
async def on_work_item(
    message: func.ServiceBusMessage, client: df.DurableOrchestrationClient
) -> None:
    """Give one failed partition another attempt."""
    await _consume(_delivered(WORK_ITEMS, message), client)


@bp.service_bus_queue_trigger("message", connection=CONNECTION, queue_name=CONSOLIDATE)
@bp.durable_client_input(client_name="client")
async def on_consolidate(
    message: func.ServiceBusMessage, client: df.DurableOrchestrationClient
) -> None:
    """Consolidate what a run that ended short has read."""
    await _consume(_delivered(CONSOLIDATE, message), client)


@bp.service_bus_queue_trigger("message", connection=CONNECTION, queue_name=WORK_ITEMS + DEAD)
def on_dead_work_item(message: func.ServiceBusMessage) -> None:
    """Keep what Service Bus gave up where staff can see it and put it back."""
    _bury(WORK_ITEMS, message)


@bp.service_bus_queue_trigger("message", connection=CONNECTION, queue_name=CONSOLIDATE + DEAD)
def on_dead_consolidate(message: func.ServiceBusMessage) -> None:
    _bury(CONSOLIDATE, message)


async def dispatch_inside(client: df.DurableOrchestrationClient) -> None:
    """Without Service Bus, hand the outbox's queue messages to their consumers directly."""
    if bus.configured():
        return
    for _ in range(MOST_AT_ONCE):
        message = await asyncio.to_thread(relay.claimed, ["bus"])
        if message is None:
            return
        posted = Posted.model_validate(message.payload)
        try:
            delivered = Delivered(
                posted.queue, message.incident_key, posted.body, trace_id=posted.trace_id
            )
            await _consume(delivered, client)
        except Exception as error:  # noqa: BLE001 - one message must not hold back the others
            await asyncio.to_thread(relay.failed, message, error)
            return
        await asyncio.to_thread(relay.sent, message)


async def _consume(message: Delivered, client: df.DurableOrchestrationClient) -> None:
    with trace.under(message.trace_id):
        run = await asyncio.to_thread(work.consume, message)
        if run:
            await begin(client, run)


def _bury(queue: str, message: func.ServiceBusMessage) -> None:
    said = (message.dead_letter_reason, message.dead_letter_error_description)
    reason = ": ".join(text for text in said if text) or "dead-lettered without a reason"
    work.bury(_delivered(queue, message), reason)


def _delivered(queue: str, message: func.ServiceBusMessage) -> Delivered:
    return Delivered(
        queue=queue,
        message_id=message.message_id or uuid4().hex,
        body=message.get_body().decode(errors="replace").replace("\0", "\ufffd"),
        deliveries=message.delivery_count or 1,
        trace_id=message.correlation_id,
    )
