"""What a killed Stripe has answered it has not forgotten."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import stripe

from local.functions_app import usable_port
from local.workspace import REPOSITORY
from tests.support.stripe import session_of

START_SECONDS = 60


@contextmanager
def started(file: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "local.partners.stripe", "--port", str(port)]
    with subprocess.Popen([*command, "--books", str(file)], cwd=REPOSITORY) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield process
        finally:
            process.kill()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{url}/admin/books")
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def test_a_killed_stripe_knows_its_sessions_keys_and_undelivered_events(tmp_path: Path) -> None:
    port = usable_port("127.0.0.1", 0)
    client = stripe.StripeClient(
        "sk_test_local", base_addresses={"api": f"http://127.0.0.1:{port}"}, max_network_retries=0
    )
    options: Any = {"idempotency_key": "k"}
    client_sessions = client.v1.checkout.sessions
    with started(tmp_path / "stripe.db", port) as process:
        client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
        made = client_sessions.create(session_of(), options)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    with started(tmp_path / "stripe.db", port):
        again = client_sessions.create(session_of(), options)
        client_sessions.expire(made.id)

        assert again == made
        told = httpx.get(f"http://127.0.0.1:{port}/admin/deliveries").json()
        assert [one["ended"] for one in told] == [0]


def test_the_books_name_every_charge_and_refund(running: Any, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(session_of())
    running.pay(str(session.url))
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    client.v1.payment_intents.capture(intent, {"amount_to_capture": 150_000})
    client.v1.refunds.create({"payment_intent": intent, "amount": 50_000})

    books = running.admin("GET", "books")

    assert books["totals"] == {"authorised": 0, "captured": 150_000, "refunded": 50_000}
    assert [charge["metadata"]["order_id"] for charge in books["charges"]] == ["ord_1"]
    assert [refund["amount"] for refund in books["refunds"]] == [50_000]
    assert "_refund" not in books["charges"][0]
