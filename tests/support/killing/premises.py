"""The app as a process that may die at any step, and its partners, which do not."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.rows import dict_row
from starlette.types import Scope

from local.partners.frankfurter.server import Server as Frankfurter
from local.partners.nivoda.server import PATH as NIVODA_PATH
from local.partners.nivoda.server import Server as Nivoda
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from local.partners.nivoda.supplier import Supplier
from local.partners.stripe.child import HOOK_PATH
from local.partners.stripe.server import HOOK_SECRET, SECRET_KEY
from local.partners.stripe.server import Server as Stripe
from tests.support.installation import Installation
from tests.support.killing.crossing import Crossing
from tests.support.killing.points import Points, commits, watch_commits
from tests.support.partners import serving
from tests.support.stripe import Running

FEED = "nivoda-natural"
TRADES = ("Stone", "Hold", "Release", "Order")
OPERATION = re.compile(rb"(?:query|mutation) (\w+)")
ID = re.compile(r"/(?:cs_test|pi|ch|re|evt)_\w+")
WATCHED = ("holds", "purchases", "incidents", "refunds")
PARTNER_SECONDS = 2
"""How long the app waits for an answer."""
TIMERS = ("watch_purchases", "watch_holds")
ASK_SECONDS = 60
OVER = """
UPDATE idempotency_keys SET claimed_until = clock_timestamp() WHERE status IS NULL;
UPDATE holds SET claimed_until = 'epoch' WHERE claimed_until > 'epoch';
UPDATE purchases SET claimed_until = 'epoch' WHERE claimed_until > 'epoch';
"""
"""As if the leases of whoever died had run out; nobody else is there to hold one."""
SOON = """
UPDATE purchases SET next_look_at = now() WHERE next_look_at < now() + interval '20 minutes';
UPDATE holds SET claimed_until = now()
 WHERE give_back AND claimed_until BETWEEN now() AND now() + interval '170 seconds';
"""
"""As if what is put off for minutes had been waited for; whoever works just now is let be."""


class AppDown(Exception):
    """It died under the request, or was dead already."""


@dataclass
class Premises:
    app: Installation
    supplier: Supplier
    supplying: Crossing
    stripe: Running
    points: Points
    _stones: Iterator[UUID] | None = None

    def stone(self) -> UUID:
        """One that nobody has asked for yet."""
        if self._stones is None:
            found = self.rows("SELECT id FROM diamonds ORDER BY id")
            self._stones = iter([row["id"] for row in found])
        return next(self._stones)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Raises AppDown."""
        try:
            return self.app.client.request(method, f"/v2/{path}", timeout=ASK_SECONDS, **options)
        except httpx.TransportError as error:
            raise AppDown from error

    def revive(self) -> None:
        """Start the app again if it is dead, some minutes later by its own reckoning."""
        child = self.app.app._child
        if child is not None and child.poll() is None:
            return
        self.run(OVER)
        self.app.start()

    def hurry(self) -> None:
        """Have the clock's work done now, also what was put off; raises AppDown."""
        self.run(SOON)
        keys = json.loads((self.app.workspace.host / "keys.json").read_text())
        for timer in TIMERS:
            url = f"{self.app.app.url}/admin/functions/{timer}"
            try:
                httpx.post(url, params={"code": keys["master"]}, timeout=ASK_SECONDS)
            except httpx.TransportError as error:
                raise AppDown from error

    def rows(self, statement: str, *values: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.app.database_url, row_factory=dict_row) as conn:
            return conn.execute(statement.encode(), values).fetchall()

    def run(self, statements: str) -> None:
        with psycopg.connect(self.app.database_url, application_name="driver") as conn:
            conn.execute(statements.encode())


@contextmanager
def premises(folder: Path, database_url: str, *, stones: int) -> Iterator[Premises]:
    """Everything there, the supplier's stones on sale."""
    points = Points()
    supplier = Supplier(natural=stones, labgrown=1, seed=1)
    supplying = Crossing(Nivoda(supplier).application(), _trade, points)
    with ExitStack() as stack:
        stripe = stack.enter_context(Stripe(folder / "stripe.db"))
        paying = Crossing(stripe.application(), _payment, points)
        at = [
            stack.enter_context(serving(partner))
            for partner in (supplying, paying, Frankfurter().application())
        ]
        app = Installation(folder, database_url, feed=FEED, settings=_environment(*at))
        stripe.hook(app.app.url + HOOK_PATH)
        points.deadly_to(app.kill)
        watch_commits(database_url, WATCHED)
        stack.callback(app.stop)
        app.start()
        app.run()
        stack.enter_context(commits(database_url, points))
        yield Premises(app, supplier, supplying, Running(stripe, at[1]), points)


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
        "CURRENCY_FRANKFURTER_URL": frankfurter,
    }


def _trade(scope: Scope, body: bytes) -> str | None:
    found = OPERATION.search(body)
    name = found[1].decode() if found else ""
    return f"supplier {name}" if scope["path"] == NIVODA_PATH and name in TRADES else None


def _payment(scope: Scope, body: bytes) -> str | None:
    path: str = scope["path"]
    return f"stripe {scope['method']} {ID.sub('', path)[4:]}" if path.startswith("/v1/") else None
