"""Serves one app on one port until a signal, alone on its state folder."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from local.host import tracing
from local.host.app import HostedApp, Options
from local.host.errors import BrokenApp

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound by default
A_BUG_IN_THE_HOST = 70
INTERRUPTED = 130


def run(options: Options) -> int:
    options.state.mkdir(parents=True, exist_ok=True)
    tracing.configure()
    sys.setswitchinterval(0.0005)  # replays hold the interpreter; the loop must get its turn
    with only_host(options.state), listen(options.host, options.port) as listener:
        name = "127.0.0.1" if options.host in EVERYWHERE else options.host
        url = f"http://{name}:{listener.getsockname()[1]}"
        return asyncio.run(serve(HostedApp(options, url), listener, options.grace))


async def serve(hosted: HostedApp, listener: socket.socket, grace: float) -> int:
    ended = asyncio.Event()
    on_signals(ended)
    server = Server(hosted.asgi(), int(grace))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await first(server.up.wait(), serving)
    hosted.begin()
    await first(ended.wait(), hosted.work.fault.wait(), hosted.loops.fault.wait())
    await hosted.finish()
    server.should_exit = True
    await serving
    hosted.close()
    tracing.close()
    return A_BUG_IN_THE_HOST if hosted.has_fault else 0


class Server(uvicorn.Server):
    """Leaves signals to the host and tells when it is up."""

    def __init__(self, app: Starlette, grace: int) -> None:
        self.up = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=grace,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def only_host(state: Path) -> Iterator[None]:
    with (state / "host.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokenApp(f"another host is running on {state}") from error
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded; callers wait until the app is there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio switches Nagle off; it costs 40 ms an answer otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BrokenApp(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.listen(1024)
    return listener


def on_signals(ended: asyncio.Event) -> None:
    """End in good order at the first signal, at once at the second."""

    def received() -> None:
        if ended.is_set():
            os._exit(INTERRUPTED)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, received)


async def first(*awaited: Awaitable[object]) -> None:
    """Wait until one of several things has happened."""
    waiting = [asyncio.ensure_future(one) for one in awaited]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
