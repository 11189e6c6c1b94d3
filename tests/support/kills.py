"""One full run after the other, each struck once at a random moment: all must end the same."""

import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import httpx
import psycopg

from tests.support.installation import Installation
from tests.support.supplier import SupplierProcess

KINDS = ("worker", "connections", "supplier")
TABLES = (
    "run_metadata, partition_progress, worker_runs, run_sightings, raw_diamonds, staged_diamonds,"
    " consolidation_queue, quarantine, diamonds, diamond_prices, price_changes, price_density,"
    " dataset_versions, outbox"
)
CANON = {
    "raw": """
        SELECT concat_ws('|', feed, supplier_stone_id, offer_id, encode(payload_hash, 'hex'),
                         payload, source_updated_at, gone_at)
          FROM raw_diamonds""",
    "staged": "SELECT to_jsonb(staged_diamonds)::text FROM staged_diamonds",
    "diamonds": """
        SELECT (to_jsonb(diamonds) - '{created_at,updated_at}'::text[])::text FROM diamonds""",
    "prices": "SELECT (to_jsonb(diamond_prices) - 'priced_at')::text FROM diamond_prices",
    "left over": """
        SELECT diamond_id::text FROM run_sightings
        UNION ALL SELECT diamond_id::text FROM consolidation_queue""",
}
"""What a run leaves, in every column that is not merely a time at which we did something."""
PROGRESS = """
    SELECT run.phase, run.inserted + COALESCE(sum(part.fetched), 0)
      FROM run_metadata AS run LEFT JOIN partition_progress AS part USING (run_id)
     WHERE run.run_id = '{}' GROUP BY run.run_id"""
UNLIKE_ITS_COUNT = """
    SELECT count(*) FROM partition_progress WHERE updated_from IS NULL AND fetched <> expected"""
CHECKSUM = "SELECT count(*), md5(string_agg(line, E'\\n' ORDER BY line)) FROM ({}) AS t(line)"
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Kills:
    """`undisturbed` first; then `struck`, as often as wanted."""

    def __init__(self, app: Installation, supplier: SupplierProcess, dice: Random) -> None:
        self._app = app
        self._supplier = supplier
        self._dice = dice
        self._wanted: dict[str, Any] = {}

    def undisturbed(self) -> dict[str, Any]:
        began = time.monotonic()
        run = self._followed(self._begun())
        assert run["status"] == "completed", run["error"]
        self._wanted = self._canon()
        assert self._app.rows(UNLIKE_ITS_COUNT) == [(0,)]
        assert self._wanted["left over"] == (0, None)
        seconds = round(time.monotonic() - began, 1)
        return {"seconds": seconds, "sets": self._wanted, "ledger": run["summary"]}

    def struck(self, kind: str) -> dict[str, Any]:
        """One run with one blow; raises AssertionError unless it ends as the undisturbed did."""
        self._blank()
        moment = self._dice.uniform(-0.1, 2)
        run_id = self._begun()
        phase = self._waited(run_id, moment)
        blows: dict[str, Callable[[], None]] = {
            "worker": self._kill_the_worker,
            "connections": self._cut_the_connections,
            "supplier": self._kill_the_supplier,
        }
        blows[kind]()
        run = self._followed(run_id)
        ended = {"kind": kind, "moment": round(moment, 3), "phase": phase}
        assert run["status"] == "completed", ended | {"error": run["error"]}
        assert run["summary"]["balanced"]
        assert self._canon() == self._wanted, ended
        return ended | {"attempt": run["attempt"]}

    def _kill_the_worker(self) -> None:
        self._app.kill()
        self._app.start()

    def _cut_the_connections(self) -> None:
        """Every one the app has, three times over a moment."""
        for _ in range(3):
            self._app.rows(TERMINATE)
            time.sleep(0.05)

    def _kill_the_supplier(self) -> None:
        self._supplier.kill()
        time.sleep(self._dice.uniform(0, 2))
        self._supplier.start()

    def _begun(self) -> str:
        return self._app.begin("full")

    def _waited(self, run_id: str, moment: float) -> str:
        """Up to 0: not yet fetching; up to 1: so much was fetched; up to 2: and consolidated."""
        stones = self._wanted["diamonds"][0]
        while True:
            ((phase, done),) = self._app.rows(PROGRESS.format(run_id))
            if phase == "closed" or done >= moment * stones:
                time.sleep(self._dice.uniform(0, 0.1))
                return str(phase)
            time.sleep(0.01)

    def _followed(self, run_id: str) -> dict[str, Any]:
        """Whoever asks while everything falls down asks again."""
        deadline = time.monotonic() + 300
        while True:
            with suppress(httpx.TransportError, KeyError, ValueError):
                return self._app.follow(run_id, limit=300)
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def _canon(self) -> dict[str, Any]:
        return {name: self._app.rows(CHECKSUM.format(rows))[0] for name, rows in CANON.items()}

    def _blank(self) -> None:
        with psycopg.connect(self._app.database_url) as conn:
            conn.execute(f"TRUNCATE {TABLES} CASCADE".encode())
