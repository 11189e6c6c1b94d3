"""Frankfurter as a child process of `./opus up`, so that prices in euros need no network."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local import environment
from local.functions_app import usable_port
from local.processes import spawn
from local.workspace import REPOSITORY, Workspace

HOST = "127.0.0.1"
ADDRESS = "CURRENCY_FRANKFURTER_URL"


@contextmanager
def beside(workspace: Workspace) -> Iterator[Mapping[str, str]]:
    """What the app must be told to use it; nothing, if it has another. Nobody waits for it."""
    if environment.given(ADDRESS):
        yield {}
        return
    port = usable_port(HOST, 0)
    with (workspace.folder / "frankfurter.log").open("ab") as log:
        child = spawn(
            [sys.executable, "-m", __package__, "--host", HOST, "--port", str(port)],
            cwd=REPOSITORY,
            output=log,
            dies_by=signal.SIGKILL,
        )
    try:
        yield {ADDRESS: f"http://{HOST}:{port}"}
    finally:
        child.terminate()
        child.wait()
