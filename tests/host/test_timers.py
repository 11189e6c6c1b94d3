"""Timers fire when NCRONTAB says, once, also after a night without a host."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.host.errors import BrokenApp
from local.host.timers import schedule
from tests.support.host import APPS, RunningHost, running

THURSDAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("0 0 2 * * *", "2026-01-01T02:00:00", "2026-01-02T02:00:00"),
        ("0 */5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("*/5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("30 * * * * *", "2026-01-01T00:00:30", "2026-01-01T00:01:30"),
        ("0 30 9 * Jan Mon", "2026-01-05T09:30:00", "2026-01-12T09:30:00"),
        ("0 0 9-17/4 * * 1-5", "2026-01-01T09:00:00", "2026-01-01T13:00:00"),
        # Day of month AND day of week, where cron would say or:
        ("0 0 0 13 * 5", "2026-02-13T00:00:00", "2026-03-13T00:00:00"),
        ("00:05:00", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("1.00:00:00", "2026-01-02T00:00:00", "2026-01-03T00:00:00"),
    ],
)
def test_occurrences(expression: str, first: str, second: str) -> None:
    next_after = schedule(expression)
    found = next_after(THURSDAY)
    assert found == datetime.fromisoformat(f"{first}+00:00")
    assert next_after(found) == datetime.fromisoformat(f"{second}+00:00")


@pytest.mark.parametrize(
    "expression", ["", "0 0 25 * * *", "* * *", "00:00:00", "0 0 2 * * Someday"]
)
def test_what_is_no_schedule(expression: str) -> None:
    with pytest.raises(BrokenApp):
        schedule(expression)


@contextmanager
def host_with_timers(folder: Path, *arguments: str) -> Iterator[RunningHost]:
    settings = {"NIGHTLY": "0 0 2 * * *", "NOTES": str(folder / "notes")}
    with running(APPS / "web", folder, settings, *arguments) as host:
        yield host


def told(folder: Path, how_many: int) -> list[dict[str, Any]]:
    """Wait for what the timer functions wrote down."""
    deadline = time.monotonic() + 10
    while True:
        path = folder / "notes"
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= how_many:
            return [json.loads(line) for line in lines]
        assert time.monotonic() < deadline, lines
        time.sleep(0.02)


def test_a_timer_fires_when_its_time_comes(tmp_path: Path) -> None:
    with host_with_timers(tmp_path) as host:
        [at_start] = told(tmp_path, 1)  # run_on_startup
        time.sleep(0.3)  # the timers have planned their next runs
        host.advance(31)
        interval = told(tmp_path, 2)[1]
        time.sleep(0.3)
        host.advance(24 * 3600)
        told(tmp_path, 4)

    assert at_start == {"past_due": False, "status": {}}
    assert interval == {"past_due": False, "status": {}}  # too often to keep a status
    nightly = [one for one in told(tmp_path, 4) if one["status"]]
    assert len(nightly) == 1
    assert nightly[0]["past_due"] is False
    assert nightly[0]["status"]["Last"].startswith("0001-01-01T00:00:00")
    assert nightly[0]["status"]["Next"].endswith("T02:00:00+00:00")


def test_a_missed_timer_is_past_due_at_the_next_start(tmp_path: Path) -> None:
    with host_with_timers(tmp_path):
        told(tmp_path, 1)
    forget_a_day(tmp_path)

    with host_with_timers(tmp_path):
        nightly = [one for one in told(tmp_path, 3) if one["status"]]

    assert [one["past_due"] for one in nightly] == [True]
    with host_with_timers(tmp_path):
        assert len([one for one in told(tmp_path, 4) if one["status"]]) == 1


def test_a_timer_runs_by_hand(tmp_path: Path) -> None:
    with host_with_timers(tmp_path) as host:
        told(tmp_path, 1)
        code = {"code": host.keys["master"]}
        run = host.client.post("/admin/functions/NIGHTLY", params=code, json={"input": ""})
        assert run.status_code == 202
        assert told(tmp_path, 2)[1]["past_due"] is False

        assert host.client.post("/admin/functions/absent", params=code).status_code == 404
        refused = host.client.post("/admin/functions/echo", params=code)
        assert "only timers and queues" in refused.json()["error"]
        assert "nightly" in host.client.get("/admin/functions", params=code).text


def forget_a_day(state: Path) -> None:
    """Set the stored status back, as if the host had been off since yesterday."""
    with sqlite3.connect(state / "host.sqlite") as store:
        store.execute("UPDATE schedules SET updated = '2026-01-01T00:00:00.000000Z'")
    store.close()
