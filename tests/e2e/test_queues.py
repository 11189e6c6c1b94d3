"""Queue messages on the real app: from the broker in the host to a run that goes on."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from local.host.servicebus.broker import DEAD_LETTERS, Broker
from tests.support.installation import Installation

pytestmark = pytest.mark.timeout(180)

PATIENCE_SECONDS = 45


def send(installation: Installation, queue: str, **body: Any) -> None:
    """Put a message in from outside; the host looks every few seconds."""
    with closing(Broker(installation.workspace.host / "messages.sqlite")) as broker:
        broker.send(queue, json.dumps(body).encode())


def eventually(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return seen


def dead_letters(installation: Installation, queue: str) -> list[dict[str, Any]]:
    answer = installation.client.get("/v2/dead-letters", params={"queue": queue})
    return list(answer.json()["data"])


def test_messages_drive_a_run_and_what_cannot_be_used_is_kept_and_put_back(
    installation: Installation,
) -> None:
    installation.supplier("POST", "knobs", outage_share=0.4)
    run_id = installation.run()["runId"]

    send(installation, "consolidate", runId="nobody")
    send(installation, "consolidate" + DEAD_LETTERS, runId=run_id, force=True)
    eventually(lambda: len(dead_letters(installation, "consolidate")) == 2)
    answer = installation.client.post("/v2/dead-letters/requeue", json={"queue": "consolidate"})
    assert len(answer.json()["requeued"]) == 2

    eventually(lambda: installation.get(run_id)["forcedBy"] == "consolidate")
    forced = installation.follow(run_id)
    assert forced["status"] == "partial"
    (letter,) = eventually(lambda: dead_letters(installation, "consolidate"))
    assert "runId" in letter["reason"]

    installation.supplier("DELETE", "knobs")
    failed = [part["partitionId"] for part in forced["partitions"] if part["status"] == "failed"]
    send(installation, "work-items", runId=run_id, partitionId=failed[0])
    eventually(lambda: installation.get(run_id)["attempt"] == 3)
    redriven = installation.follow(run_id)
    statuses = {part["partitionId"]: part["status"] for part in redriven["partitions"]}
    assert statuses[failed[0]] == "completed"

    told = installation.client.get("/v2/notifications").json()["data"]
    assert {message["category"] for message in told} >= {"run_started", "run_failed", "run_partial"}
