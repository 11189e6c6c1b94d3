"""Nivoda's stand-in on a port of its own, in this process: asked over HTTP, turned by hand."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from local.partners.nivoda.server import PATH, Server
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.partners.nivoda.supplier import Supplier
from shared.feeds.nivoda.client import _client, client
from shared.platform.settings import Nivoda, settings

START_SECONDS = 10


@dataclass(frozen=True)
class Running:
    supplier: Supplier
    url: str

    @property
    def endpoint(self) -> str:
        return f"{self.url}{PATH}"

    @property
    def environment(self) -> dict[str, str]:
        """What the app must be told to use it."""
        return {
            "NIVODA_ENDPOINT": self.endpoint,
            "NIVODA_USERNAME": ACCOUNT,
            "NIVODA_PASSWORD": PASSWORD,
            "NIVODA_REQUESTS_PER_SECOND": "100",
        }


@contextmanager
def running(*, natural: int = 170, labgrown: int = 170, seed: int = 1) -> Iterator[Running]:
    """A supplier with a small inventory that is never too busy."""
    supplier = Supplier(natural=natural, labgrown=labgrown, seed=seed)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(Server(supplier).application(), log_level="critical", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            _wait_until_started(server)
            yield Running(supplier, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def hanging_up(config: Nivoda | None = None) -> Iterator[None]:
    """Close what the process would otherwise keep: connections, and the session."""
    yield
    client(config or settings().nivoda).close()
    _client.cache_clear()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the supplier did not start"
        time.sleep(0.005)
