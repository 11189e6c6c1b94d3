"""Re-run an orchestrator's action list against its history, numbering tasks as DTFx does.

The SDK answers every turn with all actions since the start. The extension does not compare lists:
it invokes one action, awaits it, invokes the next; history events resolve the awaits in order.
Ids are handed out when an action is invoked, so the order here decides which result reaches whom.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.host.durable.events import Event, Kind, moment

Action = dict[str, Any]


class NonDeterministic(Exception):
    """History says something else than the code that is being replayed."""


class UnknownFunction(Exception):
    """An orchestrator called a function that this app does not have."""


class Unsupported(Exception):
    """An action of the SDK that the local host does not carry out."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Something an orchestrator wants done; `kind` is the history event that records it."""

    kind: Kind
    id: int
    name: str = ""
    input: str | None = None
    instance_id: str | None = None
    version: str | None = None
    fire_at: datetime | None = None


class Task:
    """An await of the extension: done or not, and who waits for it."""

    __slots__ = ("_waiting", "done", "failed")

    def __init__(self, *, done: bool = False) -> None:
        self.done = done
        self.failed = False
        self._waiting: list[Callable[[Task], None]] = []

    def then(self, call: Callable[["Task"], None]) -> None:
        if self.done:
            call(self)
        else:
            self._waiting.append(call)

    def finish(self, *, failed: bool = False) -> None:
        if self.done:
            return
        self.done, self.failed = True, failed
        for call in self._waiting:
            call(self)


class Replay:
    def __init__(
        self, actions: list[Action], activities: Collection[str], orchestrators: Collection[str]
    ) -> None:
        self._actions = actions
        self._known = {
            Kind.TASK_SCHEDULED: activities,
            Kind.SUB_ORCHESTRATION_INSTANCE_CREATED: orchestrators,
        }
        self._position = 0
        self._current = Task(done=True)
        self._next_id = 0
        self._now = datetime.min.replace(tzinfo=UTC)
        self._pending: dict[int, Decision] = {}
        self._open: dict[int, Task] = {}
        self._waiters: defaultdict[str, list[Task]] = defaultdict(list)
        self._early: defaultdict[str, deque[Event]] = defaultdict(deque)
        self._handlers: dict[int, Callable[[Event], None]] = {
            Kind.ORCHESTRATOR_STARTED: self._turn_began,
            Kind.EXECUTION_STARTED: lambda _: self._advance(),
            Kind.TASK_SCHEDULED: self._confirm,
            Kind.SUB_ORCHESTRATION_INSTANCE_CREATED: self._confirm,
            Kind.TIMER_CREATED: self._confirm,
            Kind.TASK_COMPLETED: self._succeeded,
            Kind.SUB_ORCHESTRATION_INSTANCE_COMPLETED: self._succeeded,
            Kind.TASK_FAILED: self._failed,
            Kind.SUB_ORCHESTRATION_INSTANCE_FAILED: self._failed,
            Kind.TIMER_FIRED: self._timer_fired,
            Kind.EVENT_RAISED: self._raise,
        }
        self.continued: Action | None = None
        self.carried: list[Event] = []

    def feed(self, history: Iterable[Event]) -> None:
        for event in history:
            if handle := self._handlers.get(event["EventType"]):
                handle(event)

    @property
    def decisions(self) -> list[Decision]:
        """What history does not know yet, in the order of its ids."""
        return list(self._pending.values())

    @property
    def over(self) -> bool:
        """An instance ends only when nothing is outstanding, not when its code has returned."""
        return self._current.done and self._position == len(self._actions) and not self._open

    def _turn_began(self, event: Event) -> None:
        self._now = moment(event["Timestamp"])

    def _succeeded(self, event: Event) -> None:
        self._resolve(event["TaskScheduledId"], failed=False)

    def _failed(self, event: Event) -> None:
        self._resolve(event["TaskScheduledId"], failed=True)

    def _timer_fired(self, event: Event) -> None:
        self._resolve(event["TimerId"], failed=False)

    def _advance(self) -> None:
        while self._current.done and self._position < len(self._actions):
            action = self._actions[self._position]
            self._position += 1
            self._current = self._invoke(action)

    def _confirm(self, event: Event) -> None:
        decision = self._pending.pop(event["EventId"], None)
        expected = (event["EventType"], event.get("Name", "").casefold())
        if decision is None or (decision.kind, decision.name.casefold()) != expected:
            recorded = f"{Kind(event['EventType']).title} {event.get('Name', '')!r}"
            asked = f"{decision.kind.title} {decision.name!r}" if decision else "nothing"
            raise NonDeterministic(
                f"Non-Deterministic workflow detected: history has {recorded} with id "
                f"{event['EventId']}, the orchestrator asked for {asked}."
            )

    def _resolve(self, task_id: int, *, failed: bool) -> None:
        task = self._open.pop(task_id, None)
        if task is not None:  # otherwise a cancelled timer, or a result nobody waits for
            task.finish(failed=failed)
            self._advance()

    def _raise(self, event: Event) -> None:
        name = event["Name"].casefold()
        if self.continued is not None:
            self.carried.append(event)
        elif self._waiters[name]:
            self._waiters[name].pop().finish()  # the youngest wait is served first
            self._advance()
        else:
            self._early[name].append(event)

    def _invoke(self, action: Action) -> Task:  # noqa: PLR0911 - one return per action type
        match action["actionType"]:
            case 0 | 2:
                return self._call(action)
            case 1 | 3:
                return self._with_retry(action)
            case 4:
                self.continued = action
                return Task(done=True)
            case 5:
                return self._timer(moment(action["fireAt"]), cancelled=action["isCanceled"])
            case 6:
                return self._wait(action["externalEventName"].casefold())
            case 11:
                return self._any([self._invoke(child) for child in action["compoundActions"]])
            case 12:
                return self._all([self._invoke(child) for child in action["compoundActions"]])
            case other:
                raise Unsupported(
                    f"The local host does not carry out action type {other} (entities, call_http)."
                )

    def _call(self, action: Action) -> Task:
        activity = action["actionType"] < 2  # noqa: PLR2004 - 0 and 1 are activities
        kind = Kind.TASK_SCHEDULED if activity else Kind.SUB_ORCHESTRATION_INSTANCE_CREATED
        name = action["functionName"]
        if name.casefold() not in self._known[kind]:
            what = "activity" if activity else "orchestrator"
            raise UnknownFunction(
                f"The function '{name}' doesn't exist, is disabled, or is not an {what} function."
            )
        return self._schedule(
            Decision(
                kind,
                self._take_id(),
                name,
                action.get("input"),
                action.get("instanceId"),
                action.get("version"),
            )
        )

    def _with_retry(self, action: Action) -> Task:
        """Try, wait, try again; the last failure costs one more timer, as DTFx has it."""
        result = Task()
        attempts = action["retryOptions"]["maxNumberOfAttempts"]
        pause = timedelta(milliseconds=action["retryOptions"]["firstRetryIntervalInMilliseconds"])

        def attempt(number: int) -> None:
            self._call(action).then(lambda task: attempted(task, number))

        def attempted(task: Task, number: int) -> None:
            if not task.failed:
                result.finish()
            elif number < attempts:
                self._timer(self._now + pause).then(lambda _: attempt(number + 1))
            else:
                self._timer(self._now).then(lambda _: result.finish(failed=True))

        attempt(1)
        return result

    def _timer(self, fire_at: datetime, *, cancelled: bool = False) -> Task:
        decision = Decision(Kind.TIMER_CREATED, self._take_id(), fire_at=fire_at)
        task = self._schedule(decision)
        if cancelled:
            del self._open[decision.id]
            task.finish()
        return task

    def _wait(self, name: str) -> Task:
        if self._early[name]:
            self._early[name].popleft()
            return Task(done=True)
        task = Task()
        self._waiters[name].append(task)
        return task

    def _any(self, children: list[Task]) -> Task:
        result = Task()
        for child in children:
            child.then(lambda _: result.finish())
        return result

    def _all(self, children: list[Task]) -> Task:
        result = Task(done=not children)
        left = len(children)

        def one_done(_: Task) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                result.finish(failed=any(child.failed for child in children))

        for child in children:
            child.then(one_done)
        return result

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _schedule(self, decision: Decision) -> Task:
        task = self._open[decision.id] = Task()
        self._pending[decision.id] = decision
        return task
