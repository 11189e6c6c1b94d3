"""Nivoda's stand-in as a process of its own: asked, turned by hand, killed and revived."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.functions_app import usable_port
from local.partners.nivoda.server import PATH
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.processes import spawn
from local.workspace import REPOSITORY

HERE = "127.0.0.1"
START_SECONDS = 120


class SupplierProcess:
    """With the same seed it comes back with the same stones; sessions and edits are lost."""

    def __init__(self, folder: Path, *, natural: int, seed: int = 0) -> None:
        self._log = folder / "supplier.log"
        self._port = usable_port(HERE, 0)
        self._sizes = ["--natural", str(natural), "--labgrown", "0", "--seed", str(seed)]
        self._child: subprocess.Popen[bytes] | None = None
        self._http = httpx.Client(base_url=f"http://{HERE}:{self._port}", timeout=60)

    @property
    def endpoint(self) -> str:
        return f"http://{HERE}:{self._port}{PATH}"

    def environment(self, per_second: int) -> Mapping[str, str]:
        """What the app must be told to use it."""
        return {
            "NIVODA_ENDPOINT": self.endpoint,
            "NIVODA_USERNAME": ACCOUNT,
            "NIVODA_PASSWORD": PASSWORD,
            "NIVODA_REQUESTS_PER_SECOND": str(per_second),
        }

    def start(self) -> None:
        command = [sys.executable, "-m", "local.partners.nivoda", "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._child = spawn(
                [*command, *self._sizes], cwd=REPOSITORY, output=log, dies_by=signal.SIGKILL
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self._child.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, "the supplier did not start"
            time.sleep(0.05)

    def close(self) -> None:
        self._http.close()
        self.kill()

    def kill(self) -> None:
        if self._child:
            self._child.kill()
            self._child.wait()

    def turn(self, **knobs: Any) -> None:
        self._asked("PATCH", "knobs", json=knobs)

    def change(self, **changes: Any) -> dict[str, list[str]]:
        changed: dict[str, list[str]] = self._asked("POST", "changes", json=changes)
        return changed

    def malformed(self) -> dict[str, str]:
        """Stones whose listing is broken at present, with the field at fault."""
        found: dict[str, str] = self._asked("GET", "malformed")
        return found

    def prices(self) -> dict[str, int]:
        """Every stone on the shelf, with its price in US cents."""
        found: dict[str, int] = self._asked("GET", "prices")
        return found

    def counters(self, *, reset: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = self._asked("DELETE" if reset else "GET", "counters")
        return found

    def _asked(self, method: str, path: str, **content: Any) -> Any:
        return self._http.request(method, f"/admin/{path}", **content).raise_for_status().json()

    def _answers(self) -> bool:
        try:
            return self._http.get("/admin/counters").is_success
        except httpx.TransportError:
            return False


@contextmanager
def supplying(folder: Path, *, natural: int, seed: int = 0) -> Iterator[SupplierProcess]:
    supplier = SupplierProcess(folder, natural=natural, seed=seed)
    try:
        supplier.start()
        yield supplier
    finally:
        supplier.close()
