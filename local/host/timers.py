"""Timer triggers: NCRONTAB and time span schedules, in UTC, remembered across restarts."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from azure.functions.meta import Datum
from croniter import croniter

from local.host.clock import Clock
from local.host.config import time_span
from local.host.durable.events import moment, stamp
from local.host.durable.store import Store
from local.host.errors import BrokenApp
from local.host.index import Function

Fire = Callable[[Function, Datum], Awaitable[None]]
Schedule = Callable[[datetime], datetime]
Status = dict[str, str | None]
MONITORED = timedelta(minutes=1)  # shorter schedules keep no status


def schedule(expression: str) -> Schedule:
    """Answer a function from a moment to the next occurrence after it."""
    if ":" in expression:
        seconds = time_span(expression)
        if not seconds:
            raise BrokenApp(f"{expression!r} is no interval")
        return lambda after: after + timedelta(seconds=seconds)
    if not croniter.is_valid(expression, second_at_beginning=True):
        raise BrokenApp(f"{expression!r} is no NCRONTAB expression")
    return lambda after: ncrontab(expression, after)


def ncrontab(expression: str, after: datetime) -> datetime:
    """Unlike cron, NCRONTAB wants day of month and day of week to match, not one of them."""
    cron = croniter(expression, after.astimezone(UTC), second_at_beginning=True, day_or=False)
    found: datetime = cron.get_next(datetime)
    return found


class Timer:
    """One timer function; its invocations never overlap."""

    def __init__(self, function: Function, store: Store, clock: Clock) -> None:
        try:
            self._next_after = schedule(function.trigger["schedule"])
        except BrokenApp as error:
            raise BrokenApp(f"function {function.name}: {error}") from error
        self.function = function
        self._store = store
        self._clock = clock
        self._jumped = asyncio.Event()
        clock.on_advance(self._jumped.set)

    async def run(self, fire: Fire) -> None:
        if self.function.trigger.get("runOnStartup"):
            await fire(self.function, self.datum())
        elif self.is_past_due():
            await fire(self.function, self.datum(past_due=True))
            self._remember(last=self._clock.now())
        while True:
            due = self._remember()
            await self._sleep_until(due)
            await fire(self.function, self.datum())
            self._remember(last=due)

    def datum(self, *, past_due: bool = False) -> Datum:
        known = self._known()
        status = known and {
            "Last": iso(known["last"]),
            "Next": iso(known["next"]),
            "LastUpdated": iso(known["updated"]),
        }
        info = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status,
            "IsPastDue": past_due,
        }
        return Datum(json.dumps(info), "json")

    def is_past_due(self) -> bool:
        """Ask the present schedule, which may have been changed since the last start."""
        known = self._known()
        if known is None or known["updated"] is None:
            return False
        return self._next_after(moment(known["updated"])) < self._clock.now()

    def _known(self) -> Status | None:
        return self._store.schedule(self.function.name) if self._is_monitored() else None

    def _is_monitored(self) -> bool:
        first = self._next_after(self._clock.now())
        wanted: bool = self.function.trigger.get("useMonitor", True)
        return wanted and self._next_after(first) - first >= MONITORED

    def _remember(self, last: datetime | None = None) -> datetime:
        """Note when the timer ran and runs next, and answer the latter."""
        now = self._clock.now()
        due = self._next_after(now)
        if self._is_monitored():
            known = self._known() or {"last": None}
            before = known["last"]
            self._store.put_schedule(
                self.function.name, stamp(last) if last else before, stamp(due), stamp(now)
            )
        return due

    async def _sleep_until(self, due: datetime) -> None:
        while (left := (due - self._clock.now()).total_seconds()) > 0:
            self._jumped.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._jumped.wait(), timeout=left)


def iso(text: str | None) -> str:
    never = datetime.min.replace(tzinfo=UTC)
    return (moment(text) if text else never).isoformat()
