"""The app as a process that may die at any step, and its partners, which do not."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row
from starlette.types import Scope as Connection

from local.functions_app import FunctionsApp, usable_port
from local.partners.frankfurter.server import Server as Frankfurter
from local.partners.nivoda.server import PATH as NIVODA_PATH
from local.partners.nivoda.server import Server as Nivoda
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.partners.nivoda.supplier import Supplier
from local.partners.stripe.child import HOOK_PATH
from local.partners.stripe.server import HOOK_SECRET, SECRET_KEY
from local.partners.stripe.server import Server as Stripe
from local.workspace import Workspace
from shared.access import service
from shared.access.model import Scope
from tests.support.drill.crossing import Crossing
from tests.support.drill.points import Points, commits, watch_commits
from tests.support.partners import serving
from tests.support.stripe import Running

HERE = "127.0.0.1"
FEED = "nivoda-natural"
TRADES = ("Stone", "Hold", "Release", "Order")
OPERATION = re.compile(rb"(?:query|mutation) (\w+)")
ID = re.compile(r"/(?:cs_test|pi|ch|re|evt)_\w+")
WATCHED = ("holds",)
PARTNER_SECONDS = 2
"""How long the app waits for an answer."""
LEASE_SECONDS = 5


class AppDown(Exception):
    """It died under the request, or was dead already."""


@dataclass
class Premises:
    app: FunctionsApp
    database_url: str
    partners: dict[str, str]
    supplier: Supplier
    supplying: Crossing
    stripe: Running
    points: Points
    key: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises AppDown."""
        headers = {"X-API-Key": self.key, **options.pop("headers", {})}
        url = f"{self.app.url}/api/v2/{path}"
        try:
            return httpx.request(method, url, headers=headers, timeout=60, **options)
        except httpx.TransportError as error:
            raise AppDown from error

    def up(self) -> None:
        """Start the app if it is dead."""
        if not self._is_alive():
            self.app.start(self.database_url, self.partners)

    def fire(self, timer: str) -> None:
        """Have a timer's work done now."""
        keys = json.loads((self.app._workspace.host / "keys.json").read_text())
        url = f"{self.app.url}/admin/functions/{timer}"
        httpx.post(url, params={"code": keys["master"]}, timeout=60).raise_for_status()

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.database_url, row_factory=dict_row) as conn:
            return conn.execute(statement.encode(), values).fetchall()

    def _is_alive(self) -> bool:
        return self.app._child is not None and self.app._child.poll() is None


def kill(app: FunctionsApp) -> None:
    """As `kill -9` does, and certain that it is dead."""
    if app._child is not None:
        os.kill(app._child.pid, signal.SIGKILL)
        app._child.wait()


@contextmanager
def premises(folder: Path, database_url: str, *, stones: int) -> Iterator[Premises]:
    """Everything there, the supplier's stones on sale."""
    app = FunctionsApp(Workspace(folder), host=HERE, port=usable_port(HERE, 0))
    points = Points(lambda: kill(app))
    supplier = Supplier(natural=stones, labgrown=1, seed=1)
    supplying = Crossing(Nivoda(supplier).application(), _trade, points)
    with ExitStack() as stack:
        stripe = stack.enter_context(Stripe(folder / "stripe.db"))
        stripe.hook(app.url + HOOK_PATH)
        paying = Crossing(stripe.application(), _payment, points)
        urls = [
            stack.enter_context(serving(partner))
            for partner in (supplying, paying, Frankfurter().application())
        ]
        made = Premises(
            app=app,
            database_url=database_url,
            partners=_environment(*urls),
            supplier=supplier,
            supplying=supplying,
            stripe=Running(stripe, urls[1]),
            points=points,
            key=_key(database_url),
        )
        watch_commits(database_url, WATCHED)
        stack.callback(app.stop)
        made.up()
        _stock(made)
        stack.enter_context(commits(database_url, points))
        yield made


def _environment(nivoda: str, stripe: str, frankfurter: str) -> dict[str, str]:
    return {
        "NIVODA_ENDPOINT": nivoda + NIVODA_PATH,
        "NIVODA_USERNAME": ACCOUNT,
        "NIVODA_PASSWORD": PASSWORD,
        "NIVODA_REQUESTS_PER_SECOND": "1000",
        "NIVODA_TIMEOUT_SECONDS": str(PARTNER_SECONDS),
        "STRIPE_API_BASE": stripe,
        "STRIPE_SECRET_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": HOOK_SECRET,
        "STRIPE_TIMEOUT_SECONDS": str(PARTNER_SECONDS),
        "SELLING_LEASE_SECONDS": str(LEASE_SECONDS),
        "CURRENCY_FRANKFURTER_URL": frankfurter,
    }


def _key(database_url: str) -> str:
    with psycopg.connect(database_url) as conn:
        return service.issue(conn, client_name="a shop", scopes=list(Scope)).secret


def _stock(made: Premises) -> None:
    run = made.ask("POST", "runs", json={"feed": FEED, "type": "full"}).json()["data"]["runId"]
    while (shown := made.ask("GET", f"runs/{run}").json()["data"])["status"] == "running":
        time.sleep(0.2)
    if shown["status"] != "completed":
        raise RuntimeError(f"the stones were not fetched: {shown}")


def _trade(scope: Connection, body: bytes) -> str | None:
    found = OPERATION.search(body)
    name = found[1].decode() if found else ""
    return f"supplier {name}" if name in TRADES else None


def _payment(scope: Connection, body: bytes) -> str | None:  # noqa: ARG001 - a Naming
    path: str = scope["path"]
    return f"stripe {scope['method']} {ID.sub('', path)[4:]}" if path.startswith("/v1/") else None
