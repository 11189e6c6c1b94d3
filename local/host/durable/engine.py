"""Carries orchestrations forward: a turn takes messages in and leaves decisions behind.

Everything here runs on the host's event loop; only user code runs elsewhere. What must survive a
kill is in the store before anybody acts on it, so a restarted engine finds all work where it was.
"""

import asyncio
import json
import logging
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from azure.functions.meta import Datum

from local.host.calls import Calls
from local.host.clock import Clock
from local.host.durable import messages
from local.host.durable.activities import Activities
from local.host.durable.alarms import Alarms, Due
from local.host.durable.events import Event, Kind, event, moment, stamp
from local.host.durable.live import History, Live
from local.host.durable.plan import Plan
from local.host.durable.replay import Decision
from local.host.durable.store import Activity, Instance, Message, Store
from local.host.durable.turn import Verdict, context, judge
from local.host.tasks import Tasks
from local.host.tracing import announce, record
from local.host.worker import Outcome

log = logging.getLogger("host.durable")


@dataclass(slots=True)
class Effects:
    """What to do once the transaction that decided it has been committed."""

    activities: list[Activity] = field(default_factory=list)
    timers: list[Due] = field(default_factory=list)
    wake: list[str] = field(default_factory=list)


class Engine:
    def __init__(self, store: Store, calls: Calls, clock: Clock, tasks: Tasks, plan: Plan) -> None:
        self.store = store
        self.clock = clock
        self.plan = plan
        self.turns = 0
        self._calls = calls
        self._tasks = tasks
        self._live: dict[str, Live] = {}
        self._turn_slots = asyncio.Semaphore(plan.max_turns)
        self._alarms = Alarms(clock, self.wake)
        self._activities = Activities(calls, plan, tasks, self._activity_ended, store)
        self._stopping = False

    def start(self) -> None:
        """Take up everything a former host left behind."""
        self._activities.add(self.store.activities())
        self._alarms.add(self.store.due_times())

    def stop(self) -> None:
        self._stopping = True
        self._activities.stop()
        self._alarms.disarm()

    @property
    def unfinished_activities(self) -> int:
        return self._activities.unfinished

    def create(
        self,
        name: str,
        raw_input: str | None,
        instance_id: str | None = None,
        version: str | None = None,
        parent: tuple[Instance, int] | None = None,
        *,
        traceparent: str | None = None,
    ) -> Instance:
        """Store a new instance; the caller holds the transaction and wakes it afterwards."""
        now = self.clock.now()
        above, task_id = parent or (None, None)
        instance = Instance(
            id=instance_id or uuid.uuid4().hex,
            execution_id=uuid.uuid4().hex,
            name=self.plan.orchestrators[name.casefold()].name,
            version=self.plan.default_version if version is None else version,
            status="Pending",
            input=raw_input,
            created=stamp(now),
            updated=stamp(now),
            parent_id=above.id if above else None,
            parent_execution_id=above.execution_id if above else None,
            parent_task_id=task_id,
        )
        self.store.forget(instance.id)
        trace = self.store.trace(above.id) if above else None
        self.store.put_trace(instance.id, announce(trace.own if trace else traceparent))
        self._begin_execution(instance, now)
        return instance

    def wake(self, instance_id: str) -> None:
        """Give an instance a turn, though not while a burst of results is still coming in."""
        live = self._load(instance_id)
        if live is None or live.instance.status == "Suspended" or self._stopping:
            return
        live.due, rest = True, live.rest_until - time.monotonic()
        if rest <= 0 or not self._activities.in_flight(live.instance.execution_id):
            self._begin_turn(live)
        elif live.alarm is None:
            live.alarm = asyncio.get_running_loop().call_later(rest, self._begin_turn, live)

    def reload(self, instance_id: str) -> None:
        """Forget what is in memory; a turn that is under way will be thrown away."""
        self._live.pop(instance_id, None)
        self.wake(instance_id)

    def update(self, instance: Instance) -> None:
        """Store an instance that goes on, also for the turn that may be under way."""
        self.store.put(instance)
        if live := self._live.get(instance.id):
            live.instance = instance
        self.wake(instance.id)

    def post(self, instance: Instance, item: Event, *, any_execution: bool = False) -> None:
        execution = None if any_execution else instance.execution_id
        self.store.post(instance.id, execution, item, self.clock.now().timestamp())

    def close(self, instance: Instance, effects: Effects) -> None:
        """Store an ended instance and tell its parent; the caller holds the transaction."""
        self.store.put(instance)
        if announced := self.store.trace(instance.id):
            record(announced, instance.name, instance.id, moment(instance.created))
        self.store.clear_inbox(instance.id)
        parent = self.store.instance(instance.parent_id) if instance.parent_id else None
        if parent and parent.execution_id == instance.parent_execution_id and not parent.is_over:
            self.post(parent, messages.child_ended(instance, self.clock.now()))
            effects.wake.append(parent.id)

    def follow(self, effects: Effects) -> None:
        self._activities.add(effects.activities)
        self._alarms.add(effects.timers)
        for instance_id in effects.wake:
            self.wake(instance_id)

    def _load(self, instance_id: str) -> Live | None:
        live = self._live.get(instance_id)
        if live is None:
            instance = self.store.instance(instance_id)
            if instance is None or instance.is_over:
                return None
            live = Live(instance, History.of(self.store.history(instance_id)))
            self._live[instance_id] = live
        return live

    def _is_current(self, live: Live) -> bool:
        return self._live.get(live.instance.id) is live

    def _begin_turn(self, live: Live) -> None:
        if live.alarm:
            live.alarm.cancel()
            live.alarm = None
        if not live.turning and not self._stopping:
            live.turning = True
            self._tasks.spawn(self._turn(live))

    async def _turn(self, live: Live) -> None:
        async with self._turn_slots:
            live.due = False
            taken = self.store.messages(live.instance, self.clock.now())
            if taken and self._is_current(live):
                began = time.monotonic()
                await self._replay(live, taken)
                took = time.monotonic() - began
                live.rest_until = began + 3 * took
        live.turning = False
        if live.due and self._is_current(live):
            self.wake(live.instance.id)

    async def _replay(self, live: Live, taken: list[Message]) -> None:
        self.turns += 1
        fresh = [message.event for message in taken]
        started = event(Kind.ORCHESTRATOR_STARTED, self.clock.now())
        started["Timestamp"] = live.history.next_start(self.clock.now(), fresh)
        fresh.insert(0, started)
        name = live.instance.name
        data = Datum(context(live.instance, live.history, fresh), "string")
        outcome = await self._calls(self.plan.orchestrators.get(name.casefold()), name, data)
        if self._is_current(live):  # otherwise it was terminated or replaced meanwhile
            history = [*live.history.events, *fresh]
            known = (self.plan.activities, self.plan.orchestrators)
            self._apply(live, taken, fresh, judge(live.instance, history, outcome, *known))

    def _apply(
        self, live: Live, taken: list[Message], fresh: list[Event], verdict: Verdict
    ) -> None:
        effects = Effects()
        with self.store.transaction():
            self.store.take(taken)
            if verdict.continued_with is None:
                self._go_on(live, fresh, verdict, effects)
            else:
                self._start_over(live, verdict, effects)
        if live.instance.is_over:
            del self._live[live.instance.id]
            told = {"instance": live.instance.id}
            log.debug("%s %s", live.instance.name, verdict.status, extra={"told": told})
        self.follow(effects)

    def _go_on(self, live: Live, fresh: list[Event], verdict: Verdict, effects: Effects) -> None:
        now = self.clock.now()
        instance = live.instance
        records = [messages.scheduled(instance, decision, now) for decision in verdict.decisions]
        start = len(live.history.texts)
        texts = live.history.append(
            [*fresh, *records, *messages.turn_over(verdict.status, verdict.output, now)]
        )
        self.store.append_history(instance.id, start, texts)
        for decision in verdict.decisions:
            self._carry_out(instance, decision, now, effects)
        suspended = instance.status == "Suspended" and verdict.status == "Running"
        live.instance = replace(
            instance,
            status="Suspended" if suspended else verdict.status,
            output=verdict.output,
            custom_status=verdict.custom_status,
            updated=stamp(now),
        )
        if live.instance.is_over:
            self.close(live.instance, effects)
        else:
            self.store.put(live.instance)

    def _start_over(self, live: Live, verdict: Verdict, effects: Effects) -> None:
        """Begin the next generation: same instance, new execution, empty history."""
        now = self.clock.now()
        self.store.clear_inbox(live.instance.id, live.instance.execution_id)
        self.store.clear_history(live.instance.id)
        live.history = History()
        live.instance = replace(
            live.instance,
            execution_id=uuid.uuid4().hex,
            input=verdict.continued_with,
            custom_status=verdict.custom_status,
            updated=stamp(now),
        )
        self._begin_execution(live.instance, now)
        for item in verdict.carried:
            self.post(live.instance, item, any_execution=True)
        effects.wake.append(live.instance.id)

    def _begin_execution(self, instance: Instance, now: datetime) -> None:
        """Store the instance and the message that comes first, whatever the clock does."""
        self.store.put(instance)
        started = messages.execution_started(instance, now)
        self.store.post(instance.id, instance.execution_id, started, 0.0)

    def _carry_out(
        self, instance: Instance, decision: Decision, now: datetime, effects: Effects
    ) -> None:
        match decision.kind:
            case Kind.TASK_SCHEDULED:
                effects.activities.append(
                    self.store.add_activity(instance, decision.id, decision.name, decision.input)
                )
            case Kind.TIMER_CREATED:
                fire_at = decision.fire_at or now
                due = fire_at.timestamp()
                fired = messages.timer_fired(decision, fire_at)
                self.store.post(instance.id, instance.execution_id, fired, due)
                effects.timers.append((due, instance.id))
            case _:
                self._start_child(instance, decision, now, effects)

    def _start_child(
        self, parent: Instance, decision: Decision, now: datetime, effects: Effects
    ) -> None:
        child = messages.child_id(parent, decision)
        existing = self.store.instance(child)
        if existing and not existing.is_over:
            reason = f"An Orchestration instance with the status {existing.status} already exists."
            self.post(parent, messages.child_failed(decision.id, reason, now))
            effects.wake.append(parent.id)
            return
        above = (parent, decision.id)
        self.create(decision.name, json.dumps(decision.input), child, decision.version, above)
        effects.wake.append(child)

    def _activity_ended(self, activity: Activity, outcome: Outcome) -> None:
        """Exchange the activity for its result, unless the execution that wanted it is gone."""
        with self.store.transaction():
            self.store.remove_activity(activity)
            instance = self.store.instance(activity.instance_id)
            wanted = instance and instance.execution_id == activity.execution_id
            if instance and wanted and not instance.is_over:
                result = messages.activity_ended(activity, outcome, self.clock.now())
                self.post(instance, result)
        self.wake(activity.instance_id)
