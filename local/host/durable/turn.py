"""One turn of an orchestration: what the SDK is told, what its answer means."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from local.host.durable.events import Event
from local.host.durable.live import History
from local.host.durable.replay import (
    Action,
    Decision,
    NonDeterministic,
    Replay,
    UnknownFunction,
    Unsupported,
)
from local.host.durable.store import Instance
from local.host.worker import Outcome

OUT_OF_PROCESS_DATA = "\n\n$OutOfProcData$:"
CUSTOM_STATUS_LIMIT = 16 * 1024

Status = Literal["Running", "Completed", "Failed", "ContinuedAsNew"]


@dataclass(frozen=True, slots=True)
class Verdict:
    status: Status
    decisions: list[Decision]
    output: str | None = None
    custom_status: str | None = None
    continued_with: str | None = None
    carried: tuple[Event, ...] = ()


def context(instance: Instance, history: History, fresh: list[Event]) -> str:
    """Write the orchestration trigger's payload."""
    events = ",".join([*history.texts, *map(json.dumps, fresh)])
    head = {
        "input": json.loads(instance.input) if instance.input else None,
        "instanceId": instance.id,
        "isReplaying": bool(history.texts),
        "parentInstanceId": instance.parent_id,
        "upperSchemaVersion": 1,
        "upperSchemaVersionNew": 2,
        "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
    }
    return f'{{"history":[{events}],{json.dumps(head)[1:]}'


def judge(
    instance: Instance,
    history: list[Event],
    outcome: Outcome,
    activities: Collection[str],
    orchestrators: Collection[str],
) -> Verdict:
    """Decide what a turn's answer means for the instance."""
    state = answer(outcome)
    if "actions" not in state:
        return failed(instance, state["error"])
    custom_status = dump(state.get("customStatus"))
    if custom_status and len(custom_status.encode("utf-16-le")) > CUSTOM_STATUS_LIMIT:
        return failed(instance, "The custom status must not exceed 16 KB of UTF-16 JSON text.")
    replay = Replay(state["actions"][0], activities, orchestrators)
    try:
        replay.feed(history)
    except (NonDeterministic, UnknownFunction, Unsupported) as error:
        return failed(instance, str(error), custom_status)
    return verdict(instance, state, replay, custom_status)


def verdict(
    instance: Instance, state: dict[str, Any], replay: Replay, custom_status: str | None
) -> Verdict:
    if not replay.over:
        return Verdict("Running", replay.decisions, custom_status=custom_status)
    if "error" in state:
        return failed(instance, state["error"], custom_status, replay.decisions)
    if replay.continued is not None:
        return continued(replay.continued, replay, custom_status)
    if state["isDone"]:
        output = dump(state.get("output"))
        return Verdict("Completed", replay.decisions, output, custom_status)
    return Verdict("Running", replay.decisions, custom_status=custom_status)


def continued(action: Action, replay: Replay, custom_status: str | None) -> Verdict:
    return Verdict(
        "ContinuedAsNew",
        replay.decisions,
        custom_status=custom_status,
        continued_with=json.dumps(action["input"]),
        carried=tuple(replay.carried),
    )


def failed(
    instance: Instance,
    error: str,
    custom_status: str | None = None,
    decisions: list[Decision] | None = None,
) -> Verdict:
    output = f"Orchestrator function '{instance.name}' failed: {error}"
    return Verdict("Failed", decisions or [], output, custom_status)


def answer(outcome: Outcome) -> dict[str, Any]:
    """Read the orchestrator's state, which a failed one sends inside its exception."""
    if outcome.error is None:
        state: dict[str, Any] = json.loads(outcome.value.value)
        return state
    message, marker, data = str(outcome.error).rpartition(OUT_OF_PROCESS_DATA)
    if marker:
        return {"error": message, **json.loads(data)}
    return {"error": str(outcome.error)}


def dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
