"""Service Bus triggers and outputs, on the broker in the host."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.host import APPS, RunningHost, running

Notes = list[list[Any]]


@contextmanager
def host_with_queues(folder: Path, **settings: str) -> Iterator[RunningHost]:
    given = {"NOTES": str(folder / "notes"), "REPLIES": "replies", **settings}
    with running(APPS / "queues", folder / "state", given) as host:
        yield host


def noted(folder: Path, enough: Callable[[Notes], bool]) -> Notes:
    """Wait until the functions have noted enough."""
    deadline = time.monotonic() + 20
    while True:
        path = folder / "notes"
        notes = (
            [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        )
        if enough(notes):
            return notes
        assert time.monotonic() < deadline, notes
        time.sleep(0.02)


def test_outputs_reach_triggers(tmp_path: Path) -> None:
    with host_with_queues(tmp_path) as host:
        assert host.client.post("/api/send/orders", content="ring").text == "sent"
        notes = noted(tmp_path, lambda notes: len(notes) == 2)
    assert notes == [["order", "ring", 1], ["reply", "reply to ring", None]]


def test_a_failed_delivery_is_tried_again(tmp_path: Path) -> None:
    with host_with_queues(tmp_path) as host:
        host.client.post("/api/send/orders", content="once more")
        notes = noted(tmp_path, lambda notes: len(notes) == 3)
    assert notes[:2] == [["order", "once more", 1], ["order", "once more", 2]]


def test_a_poison_message_ends_in_the_dead_letters(tmp_path: Path) -> None:
    with host_with_queues(tmp_path) as host:
        host.client.post("/api/send/orders", content="poison")
        notes = noted(tmp_path, lambda notes: len(notes) == 11)
    assert [note[2] for note in notes[:10]] == list(range(1, 11))
    assert notes[10] == ["dead", "poison", "MaxDeliveryCountExceeded"]


def test_messages_outlive_a_killed_host(tmp_path: Path) -> None:
    with host_with_queues(tmp_path, **{"AzureWebJobs.on_order.Disabled": "1"}) as host:
        host.client.post("/api/send/orders", content="patient")
        host.kill()
    with host_with_queues(tmp_path):
        notes = noted(tmp_path, lambda notes: len(notes) == 2)
    assert notes[0] == ["order", "patient", 1]


def test_a_queue_trigger_runs_by_hand(tmp_path: Path) -> None:
    with host_with_queues(tmp_path) as host:
        code = {"code": host.keys["master"]}
        path = "/admin/functions/on_reply"
        assert host.client.post(path, params=code, json={"input": "hello"}).status_code == 202
        assert noted(tmp_path, bool) == [["reply", "hello", None]]


def test_a_namespace_that_is_away_fails_the_call_and_is_tried_again(tmp_path: Path) -> None:
    away = "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=k;SharedAccessKey=eA==;UseDevelopmentEmulator=true"
    with host_with_queues(tmp_path, Bus=away) as host:
        deadline = time.monotonic() + 30
        while "cannot receive" not in host.log():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert host.process.poll() is None
