"""The history events that instances, activities and timers send each other."""

import json
from datetime import datetime

from local.host.durable.events import Event, Kind, event, failure_details, stamp
from local.host.durable.replay import Decision
from local.host.durable.store import Activity, Instance
from local.host.worker import Outcome


def execution_started(instance: Instance, now: datetime) -> Event:
    parent = instance.parent_id and {
        "OrchestrationInstance": {
            "InstanceId": instance.parent_id,
            "ExecutionId": instance.parent_execution_id,
        },
        "TaskScheduleId": instance.parent_task_id,
    }
    return event(
        Kind.EXECUTION_STARTED,
        now,
        Name=instance.name,
        Version=instance.version,  # the SDK reads it unguarded
        Input=instance.input,
        OrchestrationInstance={"InstanceId": instance.id, "ExecutionId": instance.execution_id},
        ParentInstance=parent,
        Tags=None,
    )


def scheduled(instance: Instance, decision: Decision, now: datetime) -> Event:
    """Record a decision, so that the next replay recognises it."""
    match decision.kind:
        case Kind.TIMER_CREATED:
            return event(decision.kind, now, decision.id, FireAt=stamp(decision.fire_at or now))
        case Kind.TASK_SCHEDULED:
            fields = {"Version": "", "Input": decision.input}
        case _:
            fields = {
                "InstanceId": child_id(instance, decision),
                "Input": json.dumps(decision.input),
            }
    return event(decision.kind, now, decision.id, Name=decision.name, **fields)


def child_id(instance: Instance, decision: Decision) -> str:
    return decision.instance_id or f"{instance.execution_id}:{decision.id}"


def timer_fired(decision: Decision, fire_at: datetime) -> Event:
    return event(Kind.TIMER_FIRED, fire_at, TimerId=decision.id, FireAt=stamp(fire_at))


def activity_ended(activity: Activity, outcome: Outcome, now: datetime) -> Event:
    if outcome.error is None:
        result = outcome.value.value
        return event(Kind.TASK_COMPLETED, now, TaskScheduledId=activity.task_id, Result=result)
    message = f" {type(outcome.error).__name__}: {outcome.error}"
    return event(
        Kind.TASK_FAILED,
        now,
        TaskScheduledId=activity.task_id,
        Reason=f"Activity function '{activity.name}' failed: {message}",
        Details=json.dumps(failure_details(message)),
    )


def child_ended(instance: Instance, now: datetime) -> Event:
    """Report to the parent; a terminated child counts as failed."""
    if instance.status != "Completed":
        return child_failed(instance.parent_task_id, instance.output, now)
    return event(
        Kind.SUB_ORCHESTRATION_INSTANCE_COMPLETED,
        now,
        TaskScheduledId=instance.parent_task_id,
        Result=instance.output,
    )


def child_failed(task_id: int | None, reason: str | None, now: datetime) -> Event:
    return event(
        Kind.SUB_ORCHESTRATION_INSTANCE_FAILED,
        now,
        TaskScheduledId=task_id,
        Reason=reason,
        Details=json.dumps(failure_details(reason or "")),
    )


def turn_over(status: str, output: str | None, now: datetime) -> list[Event]:
    """End a turn, and the execution if it is over."""
    completed = event(Kind.ORCHESTRATOR_COMPLETED, now)
    if status == "Running":
        return [completed]
    ended = event(Kind.EXECUTION_COMPLETED, now, OrchestrationStatus=status, Result=output)
    return [ended, completed]
