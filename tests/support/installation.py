"""The real app as tests and drills install it: on the local host, asked over HTTP, killed."""

import hashlib
import os
import signal
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import psycopg

from local.functions_app import FunctionsApp, usable_port
from local.workspace import Workspace
from shared.access import service
from shared.access.model import Scope
from shared.demo_supplier import dataset
from shared.demo_supplier import queries as demo_supplier

HERE = "127.0.0.1"
RUN_LIMIT_SECONDS = 60


def _watermark_is_due(run: dict[str, Any]) -> bool:
    moves_it = run["type"] in ("full", "incremental") and run["status"] == "completed"
    return moves_it and run["watermarkAfter"] is None


class Installation:
    """The real app on the local host, with a database of its own."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *,
        feed: str = "demo",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.feed = feed
        self._settings = settings or {}
        self.workspace = Workspace(folder)
        self.database_url = database_url
        self.port = usable_port(HERE, 0)
        self.app = FunctionsApp(self.workspace, host=HERE, port=self.port)
        with psycopg.connect(database_url) as conn:
            issued = service.issue(conn, client_name="an operator", scopes=list(Scope))
        self.client = httpx.Client(
            base_url=f"{self.app.url}/api", timeout=30, headers={"X-API-Key": issued.secret}
        )

    def start(self) -> None:
        self.app.start(self.database_url, self._settings)

    def seed(self, stones: int) -> None:
        """The first of the demo stones only; all of them take longer than they teach."""
        with psycopg.connect(self.database_url) as conn:
            demo_supplier.copy_listings(conn, islice(dataset.listings(), stones))

    def supplier(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        key = {"x-functions-key": self.app.function_key}
        answer = self.client.request(method, f"/demo-feed/{path}", headers=key, json=content)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def begin(self, run_type: str = "full") -> str:
        answer = self.client.post("/v2/runs", json={"feed": self.feed, "type": run_type})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["data"]["runId"])

    def get(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/v2/runs/{run_id}").json()["data"]
        return found

    def follow(
        self, run_id: str, *, limit: float = RUN_LIMIT_SECONDS, every: float = 0.05
    ) -> dict[str, Any]:
        """Wait for the run's end and its watermark."""
        deadline = time.monotonic() + limit
        while (run := self.get(run_id))["status"] == "running" or _watermark_is_due(run):
            assert time.monotonic() < deadline, run
            time.sleep(every)
        return run

    def run(self, run_type: str = "full") -> dict[str, Any]:
        return self.follow(self.begin(run_type))

    def retry(self, run_id: str) -> dict[str, Any]:
        answer = self.client.post(f"/v2/runs/{run_id}/retry")
        assert answer.status_code == 202, answer.text
        return self.follow(run_id)

    def kill(self) -> None:
        child = self.app._child
        assert child is not None
        os.kill(child.pid, signal.SIGKILL)
        child.wait()

    def watermark(self) -> str | None:
        found = [*self.workspace.blobs.rglob(f"{self.feed}.json")]
        return hashlib.sha256(found[0].read_bytes()).hexdigest() if found else None

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as conn:
            return conn.execute(statement.encode()).fetchall()

    def stop(self) -> None:
        self.client.close()
        self.app.stop()
