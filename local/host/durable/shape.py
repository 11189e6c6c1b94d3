"""What the management API shows of an instance and its history."""

import json
from collections.abc import Iterable
from typing import Any

from local.host.durable.events import Event, Kind
from local.host.durable.store import Instance

DROPPED = {Kind.ORCHESTRATOR_STARTED, Kind.ORCHESTRATOR_COMPLETED}
SCHEDULING = {
    Kind.TASK_SCHEDULED,
    Kind.SUB_ORCHESTRATION_INSTANCE_CREATED,
    Kind.TIMER_CREATED,
}
HIDDEN = {"EventId", "IsPlayed", "Version", "OrchestrationInstance", "ParentInstance", "Tags"}
LINKS = ("TaskScheduledId", "TimerId")


def status(instance: Instance, *, show_input: bool = True) -> dict[str, Any]:
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": instance.status,
        "input": parsed(instance.input) if show_input else None,
        "customStatus": parsed(instance.custom_status),
        "output": parsed(instance.output),
        "createdTime": seconds(instance.created),
        "lastUpdatedTime": seconds(instance.updated),
    }


def history(events: Iterable[Event], *, show_output: bool) -> list[dict[str, Any]]:
    """Fold each scheduling event into its end, leave the markers of turns out."""
    shown: dict[int, dict[str, Any]] = {}
    scheduled: dict[int, int] = {}
    for position, event in enumerate(e for e in events if e["EventType"] not in DROPPED):
        item = trimmed(event, show_output=show_output)
        link = next((event[name] for name in LINKS if name in event), None)
        if link in scheduled:
            begun = shown.pop(scheduled[link])
            item |= {"ScheduledTime": begun["Timestamp"]}
            item |= {k: begun[k] for k in ("FunctionName",) if k in begun}
        if event["EventType"] in SCHEDULING:
            scheduled[event["EventId"]] = position
        shown[position] = item
    return list(shown.values())


def trimmed(event: Event, *, show_output: bool) -> dict[str, Any]:
    item = {k: v for k, v in event.items() if k not in HIDDEN and k not in LINKS}
    kind = Kind(event["EventType"])
    item["EventType"] = kind.title
    if "Name" in item and kind is not Kind.EVENT_RAISED:
        item["FunctionName"] = item.pop("Name")
    for text in ("Result", "Input"):
        if text in item and not show_output:
            del item[text]
        elif text in item:
            item[text] = parsed(item[text])
    return item


def parsed(text: str | None) -> Any:
    """Values are JSON; what is not, like a reason for termination, is shown as it is."""
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def seconds(stamp: str) -> str:
    return f"{stamp[:19]}Z"
