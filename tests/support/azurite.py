"""A real Azurite, which `./opus test` installs."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import environment
from local.npm import AZURITE
from local.processes import spawn

READY = re.compile(r"successfully listens on (http://\S+)")
START_SECONDS = 30


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The connection string of an Azurite that keeps nothing."""
    arguments = ["--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck"]
    log = folder / "azurite.log"
    with log.open("wb") as output:
        process = spawn(
            [str(AZURITE.program), *arguments, "--disableTelemetry", "--silent"],
            cwd=folder,
            output=output,
            dies_by=signal.SIGKILL,
        )
    try:
        url = _address(log)
        yield environment.storage(f"{url}/{environment.DEVELOPMENT_ACCOUNT}")
    finally:
        process.kill()
        process.wait()


def _address(log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not (ready := READY.search(log.read_text())):
        assert time.monotonic() < deadline, f"Azurite did not start:\n{log.read_text()}"
        time.sleep(0.05)
    return ready[1]
