"""Runs scheduled activities, first come first served, a limited number at a time."""

from collections import Counter, deque
from collections.abc import Callable, Iterable

from azure.functions.meta import Datum

from local.host.calls import Calls
from local.host.durable.plan import Plan
from local.host.durable.store import Activity, Store
from local.host.tasks import Tasks
from local.host.worker import Outcome

Report = Callable[[Activity, Outcome], None]


class Activities:
    def __init__(
        self,
        calls: Calls,
        plan: Plan,
        tasks: Tasks,
        report: Report,
        store: Store,
    ) -> None:
        self._calls = calls
        self._functions = plan.activities
        self._free = plan.max_activities
        self._tasks = tasks
        self._report = report
        self._store = store
        self._queue: deque[Activity] = deque()
        self._in_flight: Counter[str] = Counter()
        self._stopping = False

    def add(self, activities: Iterable[Activity]) -> None:
        for activity in activities:
            self._queue.append(activity)
            self._in_flight[activity.execution_id] += 1
        self._dispatch()

    def in_flight(self, execution_id: str) -> int:
        return self._in_flight[execution_id]

    def stop(self) -> None:
        """Start nothing more; what waits stays in the store."""
        self._stopping = True

    @property
    def unfinished(self) -> int:
        return self._in_flight.total()

    def _dispatch(self) -> None:
        while self._queue and self._free and not self._stopping:
            self._free -= 1
            self._tasks.spawn(self._run(self._queue.popleft()))

    async def _run(self, activity: Activity) -> None:
        function = self._functions.get(activity.name.casefold())
        data = Datum(activity.input, "string")
        trace = self._store.trace(activity.instance_id)
        above = trace.own if trace else None
        outcome = await self._calls(function, activity.name, data, traceparent=above)
        self._free += 1
        self._in_flight[activity.execution_id] -= 1
        if not self._in_flight[activity.execution_id]:
            del self._in_flight[activity.execution_id]
        self._report(activity, outcome)
        self._dispatch()
