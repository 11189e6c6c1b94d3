"""Runs the local host as a process of its own, the way people run it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).parents[2]
APPS = REPOSITORY / "tests" / "host" / "apps"
START_LIMIT = 30.0
WEBHOOKS = "/runtime/webhooks/durabletask"


@dataclass
class RunningHost:
    """A started host: where it is, its keys, and how to end it."""

    process: subprocess.Popen[bytes]
    state: Path
    url: str
    keys: dict[str, str]
    client: httpx.Client

    def start(self, name: str, given: Any = None, instance_id: str = "") -> str:
        path = f"{WEBHOOKS}/orchestrators/{name}/{instance_id}".rstrip("/")
        answer = self.client.post(path, params={"code": self.keys["system"]}, json=given)
        assert answer.status_code == 202, answer.text
        started: str = answer.json()["id"]
        return started

    def status(self, instance_id: str, **query: str) -> dict[str, Any]:
        path = f"{WEBHOOKS}/instances/{instance_id}"
        answer = self.client.get(path, params={"code": self.keys["system"], **query})
        shown: dict[str, Any] = answer.json() if answer.content else {}
        return shown

    def wait(self, instance_id: str, *statuses: str, limit: float = 20.0) -> dict[str, Any]:
        """Poll until the instance has one of these statuses, by default until it is over."""
        wanted = statuses or ("Completed", "Failed", "Terminated")
        deadline = time.monotonic() + limit
        while (shown := self.status(instance_id)).get("runtimeStatus") not in wanted:
            assert time.monotonic() < deadline, f"{instance_id} is still {shown}"
            time.sleep(0.02)
        return shown

    def run(self, name: str, given: Any = None) -> Any:
        """Start an orchestration and answer its output."""
        shown = self.wait(self.start(name, given))
        assert shown["runtimeStatus"] == "Completed", shown
        return shown["output"]

    def send(self, instance_id: str, operation: str, payload: Any = None, **query: str) -> int:
        path = f"{WEBHOOKS}/instances/{instance_id}/{operation}"
        answer = self.client.post(path, params={"code": self.keys["system"], **query}, json=payload)
        return answer.status_code

    def advance(self, seconds: float) -> None:
        code = {"code": self.keys["master"]}
        self.client.post("/admin/clock/advance", params=code, json={"seconds": seconds})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_LIMIT)

    def log(self) -> str:
        return (self.state / "log").read_text()


@contextmanager
def running(
    app: Path, state: Path, settings: Mapping[str, str] | None = None, *arguments: str
) -> Iterator[RunningHost]:
    """Start a host on a free port and end it, killing it if need be."""
    state.mkdir(parents=True, exist_ok=True)
    (state / "address").unlink(missing_ok=True)
    process = spawn(app, state, settings or {}, *arguments)
    try:
        url = wait_until_ready(process, state)
        keys = json.loads((state / "keys.json").read_text())
        with httpx.Client(base_url=url, timeout=30) as client:
            yield RunningHost(process, state, url, keys, client)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(START_LIMIT)


def spawn(
    app: Path, state: Path, settings: Mapping[str, str], *arguments: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "local.host", "--app", str(app), "--state", str(state)]
    environment = {**os.environ, **settings}  # noqa: TID251 - handed on to the host
    with (state / "log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--port", "0", *arguments],
            cwd=REPOSITORY,
            env=environment,
            stdout=log,
            stderr=log,
        )


def wait_until_ready(process: subprocess.Popen[bytes], state: Path) -> str:
    deadline = time.monotonic() + START_LIMIT
    while not (state / "address").exists():
        log = (state / "log").read_text()
        assert process.poll() is None, f"the host ended with {process.returncode}:\n{log}"
        assert time.monotonic() < deadline, f"the host did not get ready:\n{log}"
        time.sleep(0.02)
    return (state / "address").read_text()


def refusal(
    app: Path, state: Path, settings: Mapping[str, str] | None = None, *arguments: str
) -> str:
    """Start a host that must refuse to run, and answer what it says."""
    state.mkdir(parents=True, exist_ok=True)
    process = spawn(app, state, settings or {}, *arguments)
    assert process.wait(START_LIMIT) == 2
    return (state / "log").read_text()
