"""Puts the parts together, serves them, and takes them apart without losing work."""

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uvicorn
from azure.functions.meta import Datum
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from local import blobs
from local.host.admin import Admin
from local.host.clock import Clock
from local.host.config import HostConfig, load_config, load_keys, load_settings
from local.host.durable.api import ManagementApi
from local.host.durable.binding import WEBHOOKS, client_inputs, client_payload
from local.host.durable.control import Control
from local.host.durable.engine import Engine, Plan
from local.host.durable.store import Store
from local.host.errors import BrokenApp
from local.host.gate import Endpoint, Gate
from local.host.http import HttpTriggers
from local.host.index import Function, load
from local.host.routes import Router
from local.host.tasks import Tasks
from local.host.timers import Timer
from local.host.worker import Worker

log = logging.getLogger("host")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound by default
ADDRESS_FILE = "address"
A_BUG_IN_THE_HOST = 70


@dataclass(frozen=True)
class Options:
    app: Path
    state: Path
    host: str = "127.0.0.1"
    port: int = 7071
    blobs: Path | None = None
    auth: bool = True
    grace: float = 10.0
    exact_timestamps: bool = False


class Host:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._listener = listen(options.host, options.port)
        port = self._listener.getsockname()[1]
        name = "127.0.0.1" if options.host in EVERYWHERE else options.host
        self.url = f"http://{name}:{port}"
        settings = load_settings(options.app, {"WEBSITE_HOSTNAME": f"{name}:{port}"})
        config = load_config(options.app, settings)
        functions = load(options.app, settings)
        if not options.exact_timestamps:
            cache_history_timestamps()
        self._assemble(config, functions)

    def _assemble(self, config: HostConfig, functions: list[Function]) -> None:
        options, keys = self._options, load_keys(self._options.state)
        self._functions = functions
        self._work, self._loops = Tasks(), Tasks()
        self._store = Store(options.state / "host.sqlite")
        self._worker = Worker(config.threads, config.function_timeout)
        self._gate = Gate(keys, open_to_all=not options.auth)
        clock = Clock()
        self._engine = Engine(self._store, self._worker, clock, self._work, plan(functions, config))
        self._api = ManagementApi(self._engine, Control(self._engine), config.hub_name, keys.system)
        self._rpc_path = f"/durabletask/{secrets.token_urlsafe(16)}"  # unguessable, so keyless
        rpc_url = f"{self.url}{self._rpc_path}/"
        self._payload = client_payload(self.url, rpc_url, config.hub_name, keys.system)
        self._timers = {
            f.name: Timer(f, self._store, clock) for f in functions if f.type == "timerTrigger"
        }
        self._admin = Admin({f.name.casefold(): f for f in functions}, clock, self._run_by_hand)
        http = (f for f in functions if f.type == "httpTrigger")
        router = Router(config.route_prefix, http)
        self._http = HttpTriggers(router, self._worker, self._gate, self._payload)
        log.info(
            "loaded",
            extra={
                "fields": {
                    "functions": len(functions),
                    "routes": len(router.routes),
                    "threads": config.threads,
                    "ignored": ",".join(config.without_effect),
                }
            },
        )

    async def serve(self) -> int:
        """Run until a signal, or a bug of the host, ends it; answer the exit code."""
        ended = asyncio.Event()
        on_signals(ended)
        app = Starlette(routes=self._routes())
        server = Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=int(self._options.grace),
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[self._listener]))
        await first(server.up.wait(), serving)
        self._begin()
        await first(ended.wait(), self._work.fault.wait(), self._loops.fault.wait())
        await self._finish()
        server.should_exit = True
        await serving
        self._store.close()
        return A_BUG_IN_THE_HOST if self._work.fault.is_set() or self._loops.fault.is_set() else 0

    def _begin(self) -> None:
        self._engine.start()
        for timer in self._timers.values():
            self._loops.spawn(timer.run(self._fire))
        self._admin.ready = True
        (self._options.state / ADDRESS_FILE).write_text(self.url)
        log.info("ready", extra={"fields": {"url": self.url, "pid": os.getpid()}})

    async def _finish(self) -> None:
        """Start nothing new, wait for what runs, leave the rest to the next start."""
        self._admin.ready = False
        (self._options.state / ADDRESS_FILE).unlink(missing_ok=True)
        self._loops.cancel()
        self._engine.stop()
        await self._work.settle(self._options.grace)
        left = self._engine.unfinished_activities
        log.info("stopped", extra={"fields": {"activities_handed_back": left}})

    def _routes(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = [
            *self._admin.routes(self._gate.protected("admin")),
            Mount(WEBHOOKS, routes=self._api.routes(self._gate.protected("system"))),
            Mount(self._rpc_path, routes=self._api.routes(unprotected)),
        ]
        if self._options.blobs:
            routes.append(Mount(blobs.PATH, app=blobs.application(self._options.blobs)))
        return [*routes, Mount("/", app=self._http)]

    async def _fire(self, function: Function, data: Datum) -> None:
        """Run to the end even if the schedule is cancelled meanwhile."""
        inputs = client_inputs(function, self._payload)

        async def call() -> None:
            await self._worker.invoke(function, function.name, data, inputs=inputs)

        await asyncio.shield(self._work.spawn(call()))

    def _run_by_hand(self, function: Function, _text: str) -> bool:
        if function.name not in self._timers:
            return False
        self._work.spawn(self._fire(function, self._timers[function.name].datum()))
        return True


class Server(uvicorn.Server):
    """Leaves signals to the host and tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(options: Options) -> int:
    options.state.mkdir(parents=True, exist_ok=True)
    sys.setswitchinterval(0.0005)  # replays hold the interpreter; the loop must get its turn
    with only_host(options.state):
        return asyncio.run(Host(options).serve())


@contextlib.contextmanager
def only_host(state: Path) -> Iterator[None]:
    with (state / "host.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BrokenApp(f"another host is running on {state}") from error
        yield


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise BrokenApp(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.listen(1024)
    return listener


def plan(functions: list[Function], config: HostConfig) -> Plan:
    orchestrators, activities = (
        {f.durable_name.casefold(): f for f in functions if f.type == trigger}
        for trigger in ("orchestrationTrigger", "activityTrigger")
    )
    return Plan(
        orchestrators=orchestrators,
        activities=activities,
        max_turns=config.max_orchestrators,
        max_activities=config.max_activities,
        default_version=config.default_version,
    )


def cache_history_timestamps() -> None:
    """Parse each timestamp once: replays read them again and again, five times slower else."""
    if module := sys.modules.get("azure.durable_functions.models.history.HistoryEvent"):
        module.dt_parse = lru_cache(65536)(module.dt_parse)  # type: ignore[attr-defined] # the SDK's own name


def on_signals(ended: asyncio.Event) -> None:
    """End in good order at the first signal, at once at the second."""

    def received() -> None:
        if ended.is_set():
            os._exit(130)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, received)


async def first(*awaited: Awaitable[object]) -> None:
    """Wait until one of several things has happened."""
    waiting = [asyncio.ensure_future(one) for one in awaited]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def unprotected(endpoint: Endpoint) -> Endpoint:
    return endpoint
