"""What was asked, when, and how it was answered."""

from collections import Counter, deque
from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import Any

WINDOW_SECONDS = 1.0


class Counters:
    def __init__(self) -> None:
        self._lock = Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._arrivals: list[float] = []
            self._recent: deque[float] = deque()
            self._operations: Counter[str] = Counter()
            self._statuses: Counter[int] = Counter()

    def arrived(self) -> int:
        """How many requests came within the last second, this one included."""
        now = monotonic()
        with self._lock:
            self._arrivals.append(now)
            self._recent.append(now)
            while self._recent[0] <= now - WINDOW_SECONDS:
                self._recent.popleft()
            return len(self._recent)

    def asked(self, operation: str) -> None:
        with self._lock:
            self._operations[operation] += 1

    def answered(self, status: int) -> None:
        with self._lock:
            self._statuses[status] += 1

    def report(self) -> dict[str, Any]:
        with self._lock:
            return {
                "requests": len(self._arrivals),
                "busiest_second": busiest(self._arrivals),
                "seconds": self._arrivals[-1] - self._arrivals[0] if self._arrivals else 0,
                "operations": dict(self._operations),
                "statuses": {str(status): n for status, n in self._statuses.items()},
            }


def busiest(arrivals: Sequence[float]) -> int:
    """The most arrivals in any stretch of one second, wherever it begins."""
    most, first = 0, 0
    for last, at in enumerate(arrivals):
        while arrivals[first] <= at - WINDOW_SECONDS:
            first += 1
        most = max(most, last - first + 1)
    return most
