"""The supplier as a child process of `./opus up`, for the feeds that have no other here."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from local import environment
from local.functions_app import usable_port
from local.partners.children import HOST, running
from local.partners.nivoda.server import PATH
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.problem import Problem
from local.workspace import Workspace

FEEDS = ("nivoda-natural", "nivoda-labgrown")
STONES = "LOCAL_NIVODA_STONES"
"""An environment variable: how many of each kind; as many as the real one has otherwise."""
START_SECONDS = 60


@contextmanager
def beside(workspace: Workspace, feed: str) -> Iterator[Mapping[str, str]]:
    """What the app must be told to use the supplier; nothing, if it needs none or has another."""
    if feed not in FEEDS or environment.given("NIVODA_ENDPOINT"):
        yield {}
        return
    port = usable_port(HOST, 0)
    stones = environment.given(STONES)
    sizes = ["--natural", stones, "--labgrown", stones] if stones else []
    with running(__package__, workspace, port, *sizes) as child:
        _wait_until_ready(child, port)
        yield _settings(port)


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
