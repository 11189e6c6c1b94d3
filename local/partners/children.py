"""A partner as a child process of `./opus up`; it ends with us, however we end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from local.processes import spawn
from local.workspace import REPOSITORY, Workspace

HOST = "127.0.0.1"


@contextmanager
def running(
    package: str, workspace: Workspace, port: int, *options: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """What it prints goes to a log under its name."""
    name = package.rpartition(".")[2]
    with (workspace.folder / f"{name}.log").open("ab") as log:
        child = spawn(
            [sys.executable, "-m", package, "--host", HOST, "--port", str(port), *options],
            cwd=REPOSITORY,
            output=log,
            dies_by=signal.SIGKILL,
        )
    try:
        yield child
    finally:
        child.terminate()
        child.wait()
