"""What clients and operators do to instances, from start to purge."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from local.host.durable.engine import Effects, Engine
from local.host.durable.events import Event, Kind, event, stamp
from local.host.durable.store import Instance, Query


class AlreadyExists(Exception):
    """An unfinished instance has that id."""


class Gone(Exception):
    """The instance is over, or not in a state for this."""


class Control:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def start(
        self,
        name: str,
        raw_input: str | None,
        instance_id: str | None = None,
        version: str | None = None,
        traceparent: str | None = None,
    ) -> Instance:
        with self._store.transaction():
            existing = self._store.instance(instance_id) if instance_id else None
            if existing and not existing.is_over:
                raise AlreadyExists(
                    f"An Orchestration instance with the status {existing.status} already exists."
                )
            instance = self._engine.create(
                name, raw_input, instance_id, version, traceparent=traceparent
            )
        self._engine.wake(instance.id)
        return instance

    def raise_event(self, instance: Instance, name: str, payload: str | None) -> None:
        require(not instance.is_over)
        raised = event(Kind.EVENT_RAISED, self._engine.clock.now(), Name=name, Input=payload)
        with self._store.transaction():
            self._engine.post(instance, raised, any_execution=True)
        self._engine.wake(instance.id)

    def terminate(self, instance: Instance, reason: str) -> None:
        """End an instance at once; its children keep running."""
        require(not instance.is_over)
        now = self._engine.clock.now()
        effects = Effects()
        with self._store.transaction():
            self._append(instance, event(Kind.EXECUTION_TERMINATED, now, Input=reason))
            ended = replace(instance, status="Terminated", output=reason, updated=stamp(now))
            self._engine.close(ended, effects)
        self._engine.reload(instance.id)
        self._engine.follow(effects)

    def suspend(self, instance: Instance) -> None:
        require(not instance.is_over)
        self._switch(instance, "Suspended")

    def resume(self, instance: Instance) -> None:
        require(not instance.is_over)
        if instance.status == "Suspended":
            self._switch(instance, "Running")

    def rewind(self, instance: Instance) -> None:
        """Forget the failures of a failed instance and run what failed once more."""
        require(instance.status == "Failed")
        effects = Effects()
        with self._store.transaction():
            self._rewind(instance, effects)
        self._engine.follow(effects)

    def restart(self, instance: Instance, *, new_id: bool) -> Instance:
        return self.start(
            instance.name, instance.input, None if new_id else instance.id, instance.version
        )

    def purge(self, instances: list[Instance]) -> int:
        over = [instance for instance in instances if instance.is_over]
        with self._store.transaction():
            for instance in over:
                self._store.forget(instance.id)
        return len(over)

    def purge_matching(self, query: Query) -> int:
        return self.purge(self._store.find(query))

    def _switch(self, instance: Instance, status: str) -> None:
        now = stamp(self._engine.clock.now())
        self._engine.update(replace(instance, status=status, updated=now))

    def _append(self, instance: Instance, *items: Event) -> None:
        start = len(self._store.history(instance.id))
        self._store.append_history(instance.id, start, [json.dumps(item) for item in items])

    def _rewind(self, instance: Instance, effects: Effects) -> None:
        """Drop failed ends from history; the caller holds the transaction."""
        now = datetime.now(UTC)
        history = [json.loads(text) for text in self._store.history(instance.id)]
        failures = {
            e["TaskScheduledId"]
            for e in history
            if e["EventType"] in (Kind.TASK_FAILED, Kind.SUB_ORCHESTRATION_INSTANCE_FAILED)
        }
        self._store.clear_history(instance.id)
        kept = [json.dumps(e) for e in history if not is_failure(e)]
        self._store.append_history(instance.id, 0, kept)
        revived = replace(instance, status="Running", output=None, updated=stamp(now))
        self._store.put(revived)
        self._engine.post(revived, event(Kind.GENERIC_EVENT, now, Data="Rewound"))
        effects.wake.append(revived.id)
        for item in history:
            if item["EventId"] in failures:
                self._redo(revived, item, effects)

    def _redo(self, instance: Instance, scheduled: Event, effects: Effects) -> None:
        if scheduled["EventType"] == Kind.TASK_SCHEDULED:
            task = (scheduled["EventId"], scheduled["Name"], scheduled["Input"])
            effects.activities.append(self._store.add_activity(instance, *task))
        elif child := self._store.instance(scheduled.get("InstanceId", "")):
            self._rewind(child, effects)


def is_failure(item: Event) -> bool:
    return item["EventType"] in (
        Kind.TASK_FAILED,
        Kind.SUB_ORCHESTRATION_INSTANCE_FAILED,
        Kind.EXECUTION_COMPLETED,
    )


def require(condition: object) -> None:
    if not condition:
        raise Gone
