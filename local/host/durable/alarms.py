"""Durable timers: one heap, one sleep until the earliest."""

import asyncio
import heapq
from collections.abc import Callable, Iterable

from local.host.clock import Clock

Due = tuple[float, str]


class Alarms:
    def __init__(self, clock: Clock, wake: Callable[[str], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._heap: list[Due] = []
        self._sleep: asyncio.TimerHandle | None = None
        clock.on_advance(self.arm)

    def add(self, timers: Iterable[Due]) -> None:
        for due in timers:
            heapq.heappush(self._heap, due)
        self.arm()

    def arm(self) -> None:
        """Wake what is due and sleep until the next."""
        self.disarm()
        now = self._clock.now().timestamp()
        while self._heap and self._heap[0][0] <= now:
            self._wake(heapq.heappop(self._heap)[1])
        if self._heap:
            pause = self._heap[0][0] - now
            self._sleep = asyncio.get_running_loop().call_later(pause, self.arm)

    def disarm(self) -> None:
        if self._sleep:
            self._sleep.cancel()
            self._sleep = None
