"""Sending through Microsoft's client to a namespace on this machine."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from azure.servicebus import ServiceBusClient

from shared.notifications import outbox, relay
from shared.notifications.model import Posted
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.host import REPOSITORY

QUEUE = "work-done"


@pytest.fixture
def namespace() -> Iterator[str]:
    command = [sys.executable, "-m", "local.partners.servicebus", "--port", "0"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def received(namespace: str) -> list[tuple[str, str | None]]:
    with (
        ServiceBusClient.from_connection_string(namespace) as client,
        client.get_queue_receiver(QUEUE) as receiver,
    ):
        found = receiver.receive_messages(10, max_wait_time=3)
        return [(str(message), message.message_id) for message in found]


def test_the_outbox_reaches_a_queue(
    app_database: str, app_settings: AppSettings, namespace: str
) -> None:
    app_settings(ServiceBusConnection=namespace)
    with db.transaction() as conn:
        posted = Posted(queue=QUEUE, body='{"version":1}')
        outbox.post(conn, posted, category="partition_ended", key="work-done:1")

    assert relay.relay() == 1

    assert received(namespace) == [('{"version":1}', "work-done:1")]


def test_a_namespace_that_is_away_is_tried_again_later(
    app_database: str, app_settings: AppSettings
) -> None:
    away = "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=a;SharedAccessKey=YQ==;UseDevelopmentEmulator=true"
    app_settings(ServiceBusConnection=away)
    with db.transaction() as conn:
        outbox.post(conn, Posted(queue=QUEUE, body="{}"), category="partition_ended", key="k")

    assert relay.relay() == 0

    with db.transaction() as conn:
        row = conn.execute("SELECT attempts, last_error FROM outbox").fetchone()
    assert row is not None
    assert row[0] == 1
    assert row[1].startswith("Transient: Service Bus did not take it")
