"""The real azure-servicebus client takes the emulator for a namespace."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import (
    AutoLockRenewer,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceiveMode,
    ServiceBusReceiver,
    ServiceBusSender,
    ServiceBusSubQueue,
    aio,
)
from azure.servicebus.exceptions import MessageLockLostError

from tests.support.host import APPS, REPOSITORY, running

WAIT = 5  # seconds a receiver waits for something that should come
BRIEFLY = 0.5  # and for something that should not
FOR_A_NEW_LINK = 2  # to open takes half a second
LOCK_SECONDS = 1.5


@pytest.fixture(scope="module")
def connection() -> Iterator[str]:
    command = [sys.executable, "-m", "local.partners.servicebus", "--port", "0"]
    with subprocess.Popen(
        [*command, "--lock-seconds", str(LOCK_SECONDS)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


class Namespace:
    """The client, with links that are closed together: each takes a second to go."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._links: list[ServiceBusSender | ServiceBusReceiver] = []

    def sender(self, queue: str) -> ServiceBusSender:
        sender = self._client.get_queue_sender(queue)
        self._links.append(sender)
        return sender

    def receiver(self, queue: str, **how: Any) -> ServiceBusReceiver:
        receiver = self._client.get_queue_receiver(queue, **{"max_wait_time": WAIT, **how})
        self._links.append(receiver)
        return receiver

    def send(self, queue: str, *messages: ServiceBusMessage | str) -> None:
        sender = self.sender(queue)
        for message in messages:
            given = ServiceBusMessage(message) if isinstance(message, str) else message
            sender.send_messages(given)

    def close(self) -> None:
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(lambda link: link.close(), self._links))


@pytest.fixture(scope="module")
def client(connection: str) -> Iterator[Namespace]:
    with ServiceBusClient.from_connection_string(connection, keep_alive=0) as opened:
        namespace = Namespace(opened)
        yield namespace
        namespace.close()


def test_a_message_arrives_with_all_that_was_put_on_it(client: Namespace, queue: str) -> None:
    sent = ServiceBusMessage(
        b"\x00\xff",
        message_id="m-1",
        content_type="application/octet-stream",
        correlation_id="c-1",
        subject="greeting",
        application_properties={"count": 3, "who": "me"},
    )
    client.send(queue, sent)

    receiver = client.receiver(queue)
    [message] = receiver.receive_messages()
    locked_until = message.locked_until_utc
    receiver.complete_message(message)

    assert b"".join(message.body) == b"\x00\xff"
    assert (message.message_id, message.correlation_id) == ("m-1", "c-1")
    assert (message.content_type, message.subject) == ("application/octet-stream", "greeting")
    assert message.application_properties == {b"count": 3, b"who": b"me"}
    assert message.delivery_count == 0
    assert message.sequence_number
    assert message.enqueued_time_utc is not None
    assert abs((message.enqueued_time_utc - datetime.now(UTC)).total_seconds()) < 10
    assert locked_until is not None
    assert locked_until > message.enqueued_time_utc


def test_batches_arrive_in_order(client: Namespace, queue: str) -> None:
    sender = client.sender(queue)
    batch = sender.create_message_batch()
    for n in range(100):
        batch.add_message(ServiceBusMessage(f"{n}"))
    sender.send_messages(batch)

    received: list[str] = []
    receiver = client.receiver(queue)
    while len(received) < 100:
        for message in receiver.receive_messages(50):
            received.append(str(message))
            receiver.complete_message(message)

    assert received == [str(n) for n in range(100)]


def test_a_large_message_arrives(client: Namespace, queue: str) -> None:
    client.send(queue, "x" * 200_000)
    receiver = client.receiver(queue)
    [message] = receiver.receive_messages()
    assert len(str(message)) == 200_000


def test_a_poison_message_goes_to_the_dead_letters(client: Namespace, queue: str) -> None:
    client.send(queue, "poison")
    receiver = client.receiver(queue)
    for delivery in range(10):
        [message] = receiver.receive_messages()
        assert message.delivery_count == delivery
        receiver.abandon_message(message)
    assert receiver.receive_messages(max_wait_time=BRIEFLY) == []

    dead_letters = ServiceBusSubQueue.DEAD_LETTER
    receiver = client.receiver(queue, sub_queue=dead_letters)
    [dead] = receiver.receive_messages()
    assert (str(dead), dead.dead_letter_reason) == ("poison", "MaxDeliveryCountExceeded")


def test_a_message_is_dead_lettered_with_a_reason(client: Namespace, queue: str) -> None:
    client.send(queue, "bad")
    receiver = client.receiver(queue)
    [message] = receiver.receive_messages()
    receiver.dead_letter_message(message, reason="because", error_description="of this")

    dead_letters = ServiceBusSubQueue.DEAD_LETTER
    receiver = client.receiver(queue, sub_queue=dead_letters)
    [dead] = receiver.receive_messages()
    assert dead.dead_letter_reason == "because"
    assert dead.dead_letter_error_description == "of this"


def test_a_lock_that_expires_is_lost(client: Namespace, queue: str) -> None:
    client.send(queue, "slow")
    receiver = client.receiver(queue)
    [message] = receiver.receive_messages()
    time.sleep(LOCK_SECONDS + 0.2)
    with pytest.raises(MessageLockLostError):
        receiver.complete_message(message)
    [again] = receiver.receive_messages()
    assert (str(again), again.delivery_count) == ("slow", 1)
    receiver.complete_message(again)


def test_a_renewed_lock_holds(client: Namespace, queue: str) -> None:
    client.send(queue, "long", "longer")
    receiver = client.receiver(queue)
    [by_hand] = receiver.receive_messages()
    for _ in range(2):
        time.sleep(LOCK_SECONDS * 0.7)
        receiver.renew_message_lock(by_hand)
    receiver.complete_message(by_hand)

    [message] = receiver.receive_messages()
    with AutoLockRenewer() as renewer:
        renewer.register(receiver, message, max_lock_renewal_duration=60)
        time.sleep(LOCK_SECONDS * 1.6)
        receiver.complete_message(message)
    assert receiver.receive_messages(max_wait_time=BRIEFLY) == []


def test_a_duplicate_is_dropped(client: Namespace, queue: str) -> None:
    twice = [ServiceBusMessage("once", message_id="same") for _ in range(2)]
    client.send(queue, *twice, "other")
    receiver = client.receiver(queue)
    bodies = [str(m) for _ in range(2) for m in receiver.receive_messages()]
    assert bodies == ["once", "other"]


def test_a_scheduled_message_comes_when_it_is_due(client: Namespace, queue: str) -> None:
    due = datetime.now(UTC) + timedelta(seconds=5)
    sender = client.sender(queue)
    numbers = sender.schedule_messages([ServiceBusMessage("a"), ServiceBusMessage("b")], due)
    sender.cancel_scheduled_messages(numbers[0])
    sender.send_messages(ServiceBusMessage("c", scheduled_enqueue_time_utc=due))

    receiver = client.receiver(queue)
    assert receiver.receive_messages(max_wait_time=FOR_A_NEW_LINK) == []
    bodies: list[str] = []
    while len(bodies) < 2:
        bodies += [str(m) for m in receiver.receive_messages(2)]
    assert bodies == ["b", "c"]
    assert datetime.now(UTC) >= due


def test_a_deferred_message_is_received_by_number(client: Namespace, queue: str) -> None:
    client.send(queue, "later")
    receiver = client.receiver(queue)
    [message] = receiver.receive_messages()
    receiver.defer_message(message)
    assert receiver.receive_messages(max_wait_time=BRIEFLY) == []
    assert message.sequence_number is not None
    [deferred] = receiver.receive_deferred_messages(message.sequence_number)
    assert str(deferred) == "later"
    receiver.complete_message(deferred)
    assert receiver.receive_deferred_messages(message.sequence_number) == []


def test_peeking_takes_nothing(client: Namespace, queue: str) -> None:
    client.send(queue, "1", "2")
    receiver = client.receiver(queue)
    assert [str(m) for m in receiver.peek_messages(10)] == ["1", "2"]
    assert len(receiver.receive_messages(2)) >= 1


def test_receive_and_delete_needs_no_settling(client: Namespace, queue: str) -> None:
    client.send(queue, "gone")
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    receiver = client.receiver(queue, receive_mode=mode)
    [message] = receiver.receive_messages()
    assert str(message) == "gone"
    time.sleep(LOCK_SECONDS + 0.2)
    receiver = client.receiver(queue, max_wait_time=FOR_A_NEW_LINK)
    assert receiver.receive_messages() == []


def test_the_async_client_works_as_well(connection: str, queue: str) -> None:
    async def scenario() -> list[str]:
        async with aio.ServiceBusClient.from_connection_string(connection) as client:
            async with client.get_queue_sender(queue) as sender:
                await sender.send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])
            async with client.get_queue_receiver(queue, max_wait_time=WAIT) as receiver:
                bodies: list[str] = []
                async for message in receiver:
                    bodies.append(str(message))
                    await receiver.complete_message(message)
                    if len(bodies) == 2:
                        break
                return bodies

    assert asyncio.run(scenario()) == ["a", "b"]


def test_triggers_and_outputs_work_over_it(
    connection: str, client: Namespace, tmp_path: Path
) -> None:
    settings = {"NOTES": str(tmp_path / "notes"), "REPLIES": "replies", "Bus": connection}
    with running(APPS / "queues", tmp_path / "state", settings) as host:
        for text in ("ring", "once more", "poison"):
            host.client.post("/api/send/orders", content=text)
        client.send("long", ServiceBusMessage(str(LOCK_SECONDS * 2.5), message_id="long-1"))
        deadline = time.monotonic() + 30
        while len(notes := read(tmp_path / "notes")) < 17:
            assert time.monotonic() < deadline, notes
            time.sleep(0.05)
        time.sleep(0.3)

    found = [json.loads(line) for line in read(tmp_path / "notes")]
    assert ["reply", "reply to ring", None] in found
    assert ["order", "once more", 2] in found
    assert ["reply", "reply to once more", None] in found
    assert [detail for _, text, detail in found if text == "poison"] == [
        *range(1, 11),
        "MaxDeliveryCountExceeded",
    ]
    assert [one for one in found if one[0] == "long"] == [["long", "long-1", 1]]  # lock renewed


def read(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []
