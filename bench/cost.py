"""What work costs: CPU seconds of this process and of PostgreSQL, and the memory it takes."""

import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True)
class Cost:
    seconds: float
    app_cpu: float
    database_cpu: float

    @property
    def cpu(self) -> float:
        return self.app_cpu + self.database_cpu


class Backends:
    """All processes of one PostgreSQL server, those that have ended included."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as conn:
            row = conn.execute("SELECT pg_backend_pid()").fetchone()
            self._server = psutil.Process(row[0] if row else None).parent()

    def cpu(self) -> float:
        """Seconds until now."""
        if self._server is None:
            return 0
        spent = [self._server.cpu_times(), *_times(self._server.children())]
        reaped = spent[0].children_user + spent[0].children_system
        return float(reaped + sum(times.user + times.system for times in spent))


def cost_of(work: Callable[[], object], backends: Backends) -> Cost:
    """Of work that this process does, and the server for it."""
    before, own, began = backends.cpu(), time.process_time(), time.perf_counter()
    work()
    return Cost(
        seconds=time.perf_counter() - began,
        app_cpu=time.process_time() - own,
        database_cpu=backends.cpu() - before,
    )


def peak_rss_mb() -> float:
    """The most memory this process ever took."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _times(processes: Iterable[psutil.Process]) -> list[psutil._ntuples.pcputimes]:
    found = []
    for process in processes:
        try:
            found.append(process.cpu_times())
        except psutil.NoSuchProcess:
            continue
    return found
