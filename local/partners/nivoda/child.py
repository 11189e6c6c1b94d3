"""The supplier as a child process of `./opus up`, for the feeds that have no other here."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from local import environment
from local.functions_app import usable_port
from local.partners.nivoda.server import PATH
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.problem import Problem
from local.processes import spawn
from local.workspace import REPOSITORY, Workspace

FEEDS = ("nivoda-natural", "nivoda-labgrown")
STONES = "LOCAL_NIVODA_STONES"
"""An environment variable: how many of each kind; as many as the real one has otherwise."""
START_SECONDS = 60
HOST = "127.0.0.1"


@contextmanager
def beside(workspace: Workspace, feed: str) -> Iterator[Mapping[str, str]]:
    """What the app must be told to use the supplier; nothing, if it needs none or has another."""
    if feed not in FEEDS or environment.given("NIVODA_ENDPOINT"):
        yield {}
        return
    port = usable_port(HOST, 0)
    child = _started(workspace, port)
    try:
        _wait_until_ready(child, port)
        yield _settings(port)
    finally:
        child.terminate()
        child.wait()


def _started(workspace: Workspace, port: int) -> "subprocess.Popen[bytes]":
    stones = environment.given(STONES)
    sizes = ["--natural", stones, "--labgrown", stones] if stones else []
    with (workspace.folder / "nivoda.log").open("ab") as log:
        return spawn(
            [sys.executable, "-m", __package__, "--host", HOST, "--port", str(port), *sizes],
            cwd=REPOSITORY,
            output=log,
            dies_by=signal.SIGKILL,
        )


def _settings(port: int) -> dict[str, str]:
    """It is on this machine and tires of nothing: four times the real one's pace."""
    return {
        "NIVODA_ENDPOINT": f"http://{HOST}:{port}{PATH}",
        "NIVODA_USERNAME": ACCOUNT,
        "NIVODA_PASSWORD": PASSWORD,
        "NIVODA_REQUESTS_PER_SECOND": environment.given("NIVODA_REQUESTS_PER_SECOND") or "100",
    }


def _wait_until_ready(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(port):
        if child.poll() is not None or time.monotonic() > deadline:
            raise Problem("the supplier beside the app did not start", "See nivoda.log.")
        time.sleep(0.05)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/admin/counters").is_success
    except httpx.TransportError:
        return False
