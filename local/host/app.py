"""One loaded function app with everything that serves it, before and apart from any socket."""

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from azure.functions.meta import Datum
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from local import blobs
from local.host.admin import Admin
from local.host.calls import Calls
from local.host.clock import Clock
from local.host.config import load_config, load_keys, load_settings
from local.host.durable.api import ManagementApi
from local.host.durable.binding import WEBHOOKS, client_payload
from local.host.durable.control import Control
from local.host.durable.engine import Engine
from local.host.durable.plan import Plan
from local.host.durable.store import Store
from local.host.gate import Endpoint, Gate
from local.host.http import HttpTriggers
from local.host.index import Function, load
from local.host.routes import Router
from local.host.servicebus.broker import Broker
from local.host.servicebus.triggers import Bus, Listener, body, by_hand, metadata
from local.host.tasks import Tasks
from local.host.timers import Timer
from local.host.worker import Outcome, Worker

log = logging.getLogger("host")
ADDRESS_FILE = "address"


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


class HostedApp:
    def __init__(self, options: Options, url: str) -> None:
        self._options, self._url = options, url
        self._settings = load_settings(options.app, {"WEBSITE_HOSTNAME": url.partition("//")[2]})
        self._config = load_config(options.app, self._settings)
        self._functions = load(options.app, self._settings)
        if not options.exact_timestamps:
            cache_history_timestamps()
        self.work = Tasks()  # what is waited for at the end
        self.loops = Tasks()  # what ends only when it is cancelled
        self._clock = Clock()
        self._keys = load_keys(options.state)
        self._gate = Gate(self._keys, open_to_all=not options.auth)
        self._rpc_path = f"/durabletask/{secrets.token_urlsafe(16)}"  # unguessable, so keyless
        self._store = Store(options.state / "host.sqlite")
        self._bus = self._make_bus()
        self._calls = self._make_calls()
        self._engine = Engine(
            self._store, self._calls, self._clock, self.work, Plan.of(self._functions, self._config)
        )
        self._timers = {f.name: Timer(f, self._store, self._clock) for f in self._of("timer")}
        self._listeners = [
            Listener(
                f, self._bus.queue(f.trigger), self._config.max_messages, self.work, self._call
            )
            for f in self._of("serviceBus")
        ]
        self._router = Router(self._config.route_prefix, self._of("http"))
        named = {f.name.casefold(): f for f in self._functions}
        self._admin = Admin(named, self._clock, self._run_by_hand)
        self._say("loaded", functions=len(named), ignored=",".join(self._config.without_effect))

    def asgi(self) -> Starlette:
        api = ManagementApi(
            self._engine, Control(self._engine), self._config.hub_name, self._keys.system
        )
        routes: list[BaseRoute] = [
            *self._admin.routes(self._gate.protected("admin")),
            Mount(WEBHOOKS, routes=api.routes(self._gate.protected("system"))),
            Mount(self._rpc_path, routes=api.routes(unprotected)),
        ]
        if self._options.blobs:
            routes.append(Mount(blobs.PATH, app=blobs.application(self._options.blobs)))
        http = HttpTriggers(self._router, self._calls, self._gate)
        served = Starlette(routes=routes)
        served.router.default = http
        return served

    def begin(self) -> None:
        """Start everything that acts by itself; the app must be reachable by now."""
        self._engine.start()
        for timer in self._timers.values():
            self.loops.spawn(timer.run(self._fire))
        for listener in self._listeners:
            self.loops.spawn(listener.run())
        self._admin.ready = True
        self._tell_address()
        self._say("ready", url=self._url, pid=os.getpid())

    async def finish(self) -> None:
        """Start nothing new, wait for what runs, leave the rest to the next start."""
        self._admin.ready = False
        (self._options.state / ADDRESS_FILE).unlink(missing_ok=True)
        self.loops.cancel()
        self._engine.stop()
        await self.work.settle(self._options.grace)
        await self._bus.close()
        self._say("stopped", activities_handed_back=self._engine.unfinished_activities)

    def close(self) -> None:
        self._calls.worker.close()
        self._bus.broker.close()
        self._store.close()

    @property
    def has_fault(self) -> bool:
        return self.work.fault.is_set() or self.loops.fault.is_set()

    def _make_bus(self) -> Bus:
        broker = Broker(self._options.state / "messages.sqlite", self._clock.now)
        broker.unlock_all()
        return Bus(broker, self._settings)

    def _make_calls(self) -> Calls:
        rpc = f"{self._url}{self._rpc_path}/"
        payload = client_payload(self._url, rpc, self._config.hub_name, self._keys.system)
        worker = Worker(self._config.threads, self._config.function_timeout)
        return Calls(worker, self._bus, payload)

    def _of(self, trigger: str) -> list[Function]:
        return [f for f in self._functions if f.type == f"{trigger}Trigger"]

    async def _call(
        self, function: Function, data: Datum, metadata: Mapping[str, Datum] | None = None
    ) -> Outcome:
        return await self._calls(function, function.name, data, metadata)

    async def _fire(self, function: Function, data: Datum) -> None:
        """Run a timer to its end even if its loop is cancelled meanwhile."""

        async def call() -> None:
            await self._call(function, data)

        await asyncio.shield(self.work.spawn(call()))

    def _run_by_hand(self, function: Function, text: str) -> bool:
        if function.type == "timerTrigger":
            self.work.spawn(self._fire(function, self._timers[function.name].datum()))
            return True
        if function.type == "serviceBusTrigger":
            message = by_hand(text)
            data = body(function, message.body)
            self.work.spawn(self._call(function, data, metadata(message)))
            return True
        return False

    def _tell_address(self) -> None:
        """Leave the URL for those who started us; the file is there only when it is complete."""
        draft = self._options.state / f"{ADDRESS_FILE}.new"
        draft.write_text(self._url)
        draft.replace(self._options.state / ADDRESS_FILE)

    def _say(self, what: str, **fields: Any) -> None:
        log.info(what, extra={"told": fields})


def cache_history_timestamps() -> None:
    """Parse each timestamp once: replays read them again and again, five times slower else."""
    if module := sys.modules.get("azure.durable_functions.models.history.HistoryEvent"):
        module.dt_parse = lru_cache(65536)(module.dt_parse)  # type: ignore[attr-defined] # the SDK's own name


def unprotected(endpoint: Endpoint) -> Endpoint:
    return endpoint
