"""Nivoda's stand-in on a port of its own, in this process: asked over HTTP, turned by hand."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import uvicorn

from local.partners.nivoda.server import PATH, Server
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.partners.nivoda.supplier import Supplier
from shared.feeds.nivoda.client import _client, client
from shared.platform.setting_groups import Nivoda
from shared.platform.settings import settings

START_SECONDS = 10
STONES = 170


@dataclass(frozen=True)
class Running:
    server: Server
    url: str

    @property
    def supplier(self) -> Supplier:
        return self.server.supplier

    def restock(self, *, natural: int = STONES, labgrown: int = STONES) -> None:
        """Begin anew with full shelves, no callers, no misbehaviour."""
        self.server.supplier = Supplier(natural=natural, labgrown=labgrown, seed=1)

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
            "NIVODA_REQUESTS_PER_SECOND": "1000",
        }


@contextmanager
def running() -> Iterator[Running]:
    """A supplier with a small inventory, at an address of its own."""
    premises = Server(Supplier(natural=STONES, labgrown=STONES, seed=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(premises.application(), log_level="critical", lifespan="off")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            _wait_until_started(server)
            yield Running(premises, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def hanging_up(config: Nivoda | None = None) -> Iterator[None]:
    """Close what the process would otherwise keep: connections, and the session."""
    yield
    client(config or settings().nivoda).close()
    _client.cache_clear()


def forget_the_pace(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("TRUNCATE rate_limit CASCADE")


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the supplier did not start"
        time.sleep(0.005)
