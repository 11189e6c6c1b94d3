"""A host that is killed, stopped or doubled loses nothing."""

import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.host import APPS, RunningHost, refusal, running
from tests.support.programs import Programs, acts, interpret

Work = dict[str, list[Any]]


def survive(tmp_path: Path, work: Work, kills: int) -> dict[str, Any]:
    """Start work, kill the host again and again, answer what all of it came to."""
    settings = {"NOTES": str(tmp_path)}
    moments = random.Random(1)
    waiting = list(work)
    share = len(work) // kills + 1
    for _ in range(kills):
        with running(APPS / "programs", tmp_path / "state", settings) as host:
            for name in waiting[:share]:
                host.start("run", {"do": work[name]}, name)
            waiting = waiting[share:]
            time.sleep(moments.uniform(0, 0.3))
            host.kill()
    with running(APPS / "programs", tmp_path / "state", settings) as host:
        return {name: host.wait(name, limit=60)["output"] for name in work}


@pytest.mark.parametrize(
    ("how_many", "kills"),
    [
        (25, 5),
        pytest.param(200, 50, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_killed_again_and_again_it_loses_nothing(tmp_path: Path, how_many: int, kills: int) -> None:
    work = {f"mixed-{n}": program for n, program in enumerate(Programs(42).take(how_many))}

    outputs = survive(tmp_path, work, kills)

    assert outputs == {name: interpret(program) for name, program in work.items()}
    ran = Counter((tmp_path / "notes").read_text().split("\n"))
    wanted = Counter(f"act {n}" for program in work.values() for n in acts(program))
    assert wanted - ran == Counter()  # at least once
    print(f"{wanted.total()} activities, {(ran - wanted).total() - 1} of them twice")  # noqa: T201 - the figure


def test_a_second_host_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with running(APPS / "samples", tmp_path):
        assert f"another host is running on {tmp_path}" in refusal(APPS / "samples", tmp_path)


def test_a_stopped_host_finishes_what_runs(tmp_path: Path) -> None:
    with running(APPS / "samples", tmp_path) as host:
        instance = host.start("slow", {"seconds": 0.7})
        wait_for_activity(host, instance)
        assert host.stop() == 0
    assert "activities_handed_back=0" in host.log()

    with running(APPS / "samples", tmp_path) as host:
        assert host.wait(instance)["output"] == 0.7


def test_what_takes_too_long_is_handed_to_the_next_host(tmp_path: Path) -> None:
    with running(APPS / "samples", tmp_path, {}, "--grace", "0.1") as host:
        instance = host.start("slow", {"seconds": 2})
        wait_for_activity(host, instance)
        began = time.monotonic()
        assert host.stop() == 0
        assert time.monotonic() - began < 1.5
    assert "activities_handed_back=1" in host.log()

    with running(APPS / "samples", tmp_path) as host:
        assert host.wait(instance)["output"] == 2


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with running(APPS / "samples", tmp_path, {}, "--grace", "30") as host:
        instance = host.start("slow", {"seconds": 20})
        wait_for_activity(host, instance)
        host.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        host.process.send_signal(signal.SIGINT)
        assert host.process.wait(5) == 130


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path) -> None:
    with running(APPS / "samples", tmp_path / "1") as host:
        port = str(httpx.URL(host.url).port)
        text = refusal(APPS / "samples", tmp_path / "2", {}, "--port", port)
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in text


def wait_for_activity(host: RunningHost, instance: str) -> None:
    """Wait until the activity has been scheduled, which means that it runs."""
    deadline = time.monotonic() + 5
    while host.status(instance).get("runtimeStatus") != "Running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
