"""An orchestrator that carries out programs: what it does is its input, as nested lists.

["act", n]              an activity answers n + 1
["fail", n]             an activity fails; the program goes on with "failed"
["retry", key, f, a, n] an activity fails f times and is tried a times
["sub", program]        a program of its own, as a sub-orchestration
["subretry", key, f, a] the same, with retries, failing f times
["sleep", ms]           a durable timer
["seq", program...]     one after the other
["all", program...]     together; leaves only
["race", program]       against an hour, which is then cancelled
["either", n]           two activities with the same answer; the slower one is awaited later
["event", name]         an event that is raised from outside
"""

import os
import threading
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import azure.durable_functions as df

app = df.DFApp()
Program = list[Any]
Context = Any  # the SDK's own types know no cancel()
LOCK = threading.Lock()
PAUSE_MS = 1
NOTES = Path(os.environ["NOTES"])  # noqa: TID251 - the test's setting


@app.activity_trigger("n")
def act(n: int) -> int:
    note(f"act {n}")
    return n + 1


@app.activity_trigger("n")
def fail(n: int) -> int:
    raise ValueError(f"told to fail with {n}")


@app.activity_trigger("call")
def flaky(call: list) -> int:  # type: ignore[type-arg] # the worker wants a bare list
    """Fail as often as told, counted per key."""
    key, failures, n = call
    attempt = count(key)
    if attempt <= failures:
        raise ValueError(f"attempt {attempt}")
    return int(n) + 1


@app.orchestration_trigger("context")
def flaky_sub(context: Context) -> Generator[Any, Any, Any]:
    return (yield context.call_activity("flaky", context.get_input()))


@app.orchestration_trigger("context")
def run(context: Context) -> Generator[Any, Any, Any]:
    return (yield from carry_out(context, context.get_input()["do"]))


@app.orchestration_trigger("context")
def generations(context: Context) -> Generator[Any, Any, Any]:
    """Count down by starting over, a step of a program at a time."""
    given = context.get_input()
    left, done = given["left"], given["done"]
    if not left:
        return done
    result = yield from carry_out(context, left[0])
    context.continue_as_new({"left": left[1:], "done": [*done, result]})
    return None


def carry_out(context: Context, program: Program) -> Generator[Any, Any, Any]:
    match program:
        case ["seq", *steps]:
            results = []
            for step in steps:
                result = yield from carry_out(context, step)
                results.append(result)
            return results
        case ["all", *leaves]:
            return (yield context.task_all([task(context, leaf) for leaf in leaves]))
        case ["race", leaf]:
            first, hour = task(context, leaf), timer(context, hours=1)
            winner = yield context.task_any([first, hour])
            hour.cancel()
            return winner.result
        case ["either", n]:
            both = [context.call_activity("act", n) for _ in range(2)]
            winner = yield context.task_any(both)
            loser = yield both[1 - both.index(winner)]
            return [winner.result, loser]
        case _:
            return (yield from attempt(context, program))


def attempt(context: Context, leaf: Program) -> Generator[Any, Any, Any]:
    try:
        return (yield task(context, leaf))
    except Exception:  # noqa: BLE001 - all that the SDK raises
        return "failed"


def task(context: Context, leaf: Program) -> Any:
    match leaf:
        case ["act" | "fail" as name, n]:
            return context.call_activity(name, n)
        case ["retry", key, failures, attempts, n]:
            options = df.RetryOptions(PAUSE_MS, attempts)
            return context.call_activity_with_retry("flaky", options, [key, failures, n])
        case ["sub", program]:
            return context.call_sub_orchestrator("run", {"do": program})
        case ["subretry", key, failures, attempts]:
            options = df.RetryOptions(PAUSE_MS, attempts)
            call = [key, failures, 0]
            return context.call_sub_orchestrator_with_retry("flaky_sub", options, call)
        case ["sleep", milliseconds]:
            return timer(context, milliseconds=milliseconds)
        case ["event", name]:
            return context.wait_for_external_event(name)
    raise ValueError(f"no program: {leaf}")


def timer(context: Context, **after: float) -> Any:
    return context.create_timer(context.current_utc_datetime + timedelta(**after))


def note(line: str) -> None:
    """Write down that an activity ran, for tests that count."""
    with LOCK, (NOTES / "notes").open("a") as notes:
        notes.write(line + "\n")


def count(key: str) -> int:
    """Count attempts on disk, so that a killed host does not forget them."""
    with LOCK, (NOTES / f"attempts-{key}").open("a") as attempts:
        attempts.write(".")
        return attempts.tell()


@app.orchestration_trigger("context")
def hazard_all_with_failing_retry(context: Context) -> Generator[Any, Any, Any]:
    """Take a retry that goes on in the background for the result of the next activity."""
    options = df.RetryOptions(50, 3)
    retried = context.call_activity_with_retry("flaky", options, [context.instance_id, 1, 100])
    try:
        yield context.task_all([context.call_activity("fail", 0), retried])
    except Exception:  # noqa: BLE001 - all that the SDK raises
        return (yield context.call_activity("act", 9))


@app.orchestration_trigger("context")
def hazard_any_with_retry(context: Context) -> Generator[Any, Any, Any]:
    """Wait again for the loser of a race that is being retried."""
    options = df.RetryOptions(50, 3)
    retried = context.call_activity_with_retry("flaky", options, [context.instance_id, 1, 100])
    yield context.task_any([context.call_activity("act", 1), retried])
    loser = yield retried
    return [loser, (yield context.call_activity("act", 9))]


@app.orchestration_trigger("context")
def hazard_any_of_retry_and_timer(context: Context) -> Generator[Any, Any, Any]:
    """Race a retry against a timer, cancel the timer, go on."""
    options = df.RetryOptions(50, 3)
    retried = context.call_activity_with_retry("flaky", options, [context.instance_id, 1, 100])
    hour = timer(context, hours=1)
    yield context.task_any([retried, hour])
    hour.cancel()
    return (yield context.call_activity("act", 9))
