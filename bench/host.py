"""How much the local host carries: `python -m bench.host` prints one JSON document.

Measures 30 sub-orchestrations of 100 activities each, and one fan-out of 1,000 activities.
"""

import json
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from tests.support.host import APPS, RunningHost, running

CASES = {
    "30 subs x 100 activities": ("chains", {"subs": 30, "steps": 100}),
    "fan-out of 1,000": ("wide", {"width": 1000}),
}


def measure(host: RunningHost, name: str, given: dict[str, int]) -> dict[str, Any]:
    process = psutil.Process(host.process.pid)
    events, cpu, began = history_events(host.state), cpu_seconds(process), time.perf_counter()
    host.wait(host.start(name, given), limit=300)
    seconds = time.perf_counter() - began
    events = history_events(host.state) - events
    return {
        "events": events,
        "seconds": round(seconds, 2),
        "events_per_second": round(events / seconds),
        "cpu_seconds": round(cpu_seconds(process) - cpu, 2),
        "rss_mb": rss_mb(process),
    }


def history_events(state: Path) -> int:
    """Count what all turns together have written."""
    with closing(sqlite3.connect(state / "host.sqlite")) as store:
        (events,) = store.execute("SELECT count(*) FROM history").fetchone()
    return int(events)


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def rss_mb(process: psutil.Process) -> float:
    return round(process.memory_info().rss / 1e6, 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(APPS / "load", Path(folder)) as host:
        at_rest = rss_mb(psutil.Process(host.process.pid))
        figures = {case: measure(host, name, given) for case, (name, given) in CASES.items()}
        again = {case: measure(host, name, given) for case, (name, given) in CASES.items()}
    print(json.dumps({"rss_mb_at_rest": at_rest, "first": figures, "again": again}, indent=2))


if __name__ == "__main__":
    main()
