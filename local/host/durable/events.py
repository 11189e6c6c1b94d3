"""History events, with the names and numbers the Durable extension gives them."""

from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

Event = dict[str, Any]


class Kind(IntEnum):
    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_INSTANCE_CREATED = 7
    SUB_ORCHESTRATION_INSTANCE_COMPLETED = 8
    SUB_ORCHESTRATION_INSTANCE_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_RAISED = 15
    CONTINUE_AS_NEW = 16
    GENERIC_EVENT = 17

    @property
    def title(self) -> str:
        return "".join(word.capitalize() for word in self.name.split("_"))


def stamp(moment: datetime) -> str:
    """Render a moment as the SDK expects it: UTC with a Z, sortable as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def event(kind: Kind, at: datetime, event_id: int = -1, **fields: Any) -> Event:
    head = {"EventType": int(kind), "EventId": event_id, "IsPlayed": False, "Timestamp": stamp(at)}
    return head | fields


def failure_details(message: str) -> dict[str, str]:
    """Serialise an exception the way .NET does, as far as anybody looks."""
    return {
        "$type": "System.Exception, System.Private.CoreLib",
        "ClassName": "System.Exception",
        "Message": message,
    }
