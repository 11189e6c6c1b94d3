"""The Functions app as a child process: this very repository on the local host."""

import errno
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httpx

from local import environment
from local.problem import Problem
from local.processes import spawn
from local.workspace import REPOSITORY, Workspace

START_SECONDS = 60
STOP_SECONDS = 20
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - an address to translate, not to bind


class FunctionsApp:
    """Between `with` and its end the app serves; then it finishes what it is doing."""

    def __init__(self, workspace: Workspace, *, host: str, port: int) -> None:
        self.url = f"http://{'127.0.0.1' if host in ANYWHERE else host}:{port}"
        self._workspace = workspace
        self._host = host
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def function_key(self) -> str:
        keys = json.loads((self._workspace.host / "keys.json").read_text())
        return str(keys["function"])

    def start(self, database_url: str, partners: Mapping[str, str]) -> None:
        """Return when it answers; `partners` is what it must be told of those beside it."""
        folders = {"--state": self._workspace.host, "--blobs": self._workspace.blobs}
        options = {"--app": REPOSITORY, "--host": self._host, "--port": self._port, **folders}
        arguments = [str(word) for option in options.items() for word in option]
        if self._workspace.host_log.exists():
            self._workspace.host_log.replace(self._workspace.previous_host_log)
        with self._workspace.host_log.open("wb") as log:
            # If we are killed it must stop at once: what it still did would meet a database that
            # shuts down, and count as failed instead of interrupted.
            self._child = spawn(
                [sys.executable, "-m", "local.host", *arguments],
                cwd=REPOSITORY,
                output=log,
                dies_by=signal.SIGKILL,
                env={
                    **environment.of_app(
                        url=self.url,
                        database_url=database_url,
                        signing_key=self._workspace.signing_key(),
                    ),
                    **partners,
                },
            )
        self._wait_until_ready()

    def fire(self, timer: str) -> None:
        """Have a timer's work begin now, without waiting for its hour."""
        keys = json.loads((self._workspace.host / "keys.json").read_text())
        url = f"{self.url}/admin/functions/{timer}"
        httpx.post(url, params={"code": keys["master"]}, timeout=START_SECONDS).raise_for_status()

    def check(self) -> None:
        """Complain if it ended by itself."""
        if self._child is None or self._child.poll() is None:
            return
        lines = self._workspace.host_log.read_text(errors="replace").splitlines()[-15:]
        raise Problem(
            f"the app ended with code {self._child.returncode}:\n" + "\n".join(lines),
            f"Its whole log is {self._workspace.host_log}.",
        )

    def serve_until_interrupted(self) -> None:
        try:
            while True:
                self.check()
                time.sleep(0.5)
        except KeyboardInterrupt:
            return

    def stop(self) -> None:
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            self.check()
            if time.monotonic() > deadline:
                hint = f"Its log is {self._workspace.host_log}."
                raise Problem(f"the app is not ready after {START_SECONDS} s", hint)
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/admin/host/status", timeout=5).is_success
        except httpx.TransportError:
            return False


def usable_port(host: str, port: int) -> int:
    """This port if it is free, or any free one for 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _unusable(host, port, error) from error
        found: int = probe.getsockname()[1]
        return found


def _unusable(host: str, port: int, error: OSError) -> Problem:
    if error.errno == errno.EADDRINUSE:
        hint = f"Stop what listens there (another ./opus up?), or choose one: --port {port + 1}."
        return Problem(f"port {port} on {host} is taken", hint)
    return Problem(f"cannot listen on {host}:{port}: {error.strerror}", "Try --host and --port.")
