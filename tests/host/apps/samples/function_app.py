"""Orchestrations after Microsoft's documented samples, written from their descriptions."""

import threading
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
Steps = Generator[Any, Any, Any]
Context = Any  # the SDK's own types know no cancel()
ATTEMPTS: dict[str, int] = {}
LOCK = threading.Lock()


@app.route("start/{name}", methods=["POST"])
@app.durable_client_input("client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    given = req.get_json() if req.get_body() else None
    instance_id = await client.start_new(req.route_params["name"], req.params.get("id"), given)
    return client.create_check_status_response(req, instance_id)


@app.route("binding")
@app.generic_input_binding("client", type="durableClient")
def binding(req: func.HttpRequest, client: str) -> str:
    """Hand the client's binding to tests, which then use the real client."""
    return client


@app.activity_trigger("city")
def hello(city: str) -> str:
    return f"Hello {city}!"


@app.activity_trigger("number")
def square(number: int) -> int:
    return number * number


@app.activity_trigger("name")
def fail_at_first(name: dict) -> str:  # type: ignore[type-arg] # the worker wants a bare dict
    """Fail as often as told, counted per key."""
    with LOCK:
        ATTEMPTS[name["key"]] = attempt = ATTEMPTS.get(name["key"], 0) + 1
    if attempt <= name["failures"]:
        raise ValueError(f"attempt {attempt}")
    return f"done at attempt {attempt}"


@app.activity_trigger("seconds")
def sleep(seconds: float) -> float:
    threading.Event().wait(seconds)
    return seconds


@app.activity_trigger("job")
def job_state(job: str) -> str:
    """Tell the state of a job that is done at the third look."""
    with LOCK:
        ATTEMPTS[job] = ATTEMPTS.get(job, 0) + 1
        return "Completed" if ATTEMPTS[job] > 2 else "Running"


@app.orchestration_trigger("context")
def function_chaining(context: Context) -> Steps:
    tokyo = yield context.call_activity("hello", "Tokyo")
    seattle = yield context.call_activity("hello", "Seattle")
    london = yield context.call_activity("hello", "London")
    return [tokyo, seattle, london]


@app.orchestration_trigger("context")
def fan_out_fan_in(context: Context) -> Steps:
    width = context.get_input()["width"]
    squares = yield context.task_all([context.call_activity("square", n) for n in range(width)])
    return sum(squares)


@app.orchestration_trigger("context")
def phone_verification(context: Context) -> Steps:
    """Wait for the right code, three times at most, until the deadline."""
    deadline = context.current_utc_datetime + timedelta(seconds=90)
    timeout = context.create_timer(deadline)
    for _ in range(3):
        response = context.wait_for_external_event("SmsChallengeResponse")
        winner = yield context.task_any([response, timeout])
        if winner is timeout:
            return "timed out"
        if winner.result == 4711:
            timeout.cancel()
            return "verified"
    timeout.cancel()
    return "rejected"


@app.orchestration_trigger("context")
def monitor(context: Context) -> Steps:
    """Look every half hour until the job is done or a day is over."""
    job = context.get_input()["job"]
    expiry = context.current_utc_datetime + timedelta(days=1)
    looks = 0
    while context.current_utc_datetime < expiry:
        looks += 1
        context.set_custom_status({"looks": looks})
        if (yield context.call_activity("job_state", job)) == "Completed":
            return f"completed after {looks} looks"
        yield context.create_timer(context.current_utc_datetime + timedelta(minutes=30))
    return "expired"


@app.orchestration_trigger("context")
def provision_devices(context: Context) -> Steps:
    devices = ("lamp", "lock", "blind")
    calls = [context.call_sub_orchestrator("provision_device", name) for name in devices]
    return (yield context.task_all(calls))


@app.orchestration_trigger("context")
def provision_device(context: Context) -> Steps:
    greeting = yield context.call_activity("hello", context.get_input())
    return f"{greeting} from {context.parent_instance_id}"


@app.orchestration_trigger("context")
def retries(context: Context) -> Steps:
    given = context.get_input()
    options = df.RetryOptions(given["interval_ms"], given["attempts"])
    try:
        call = {"key": context.instance_id, "failures": given["failures"]}
        return (yield context.call_activity_with_retry("fail_at_first", options, call))
    except Exception as error:  # noqa: BLE001 - all that the SDK raises
        return f"gave up: {error}"


@app.orchestration_trigger("context")
def eternal(context: Context) -> Steps:
    """Clean up for ever, or until told to stop; the input counts the rounds."""
    rounds = int(context.get_input() or 0)
    yield context.call_activity("hello", f"round {rounds}")
    pause = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    stop = context.wait_for_external_event("stop")
    winner = yield context.task_any([pause, stop])
    if winner is stop:
        pause.cancel()
        return rounds
    context.continue_as_new(rounds + 1)
    return None


@app.orchestration_trigger("context")
def wait_for_go(context: Context) -> Steps:
    payload = yield context.wait_for_external_event("go")
    result = yield context.call_activity("hello", "after go")
    return [payload, result]


@app.orchestration_trigger("context")
def broken(context: Context) -> Steps:
    yield context.call_activity("hello", "before")
    raise RuntimeError("on purpose")


@app.orchestration_trigger("context")
def calls_nobody(context: Context) -> Steps:
    try:
        yield context.call_activity("nobody", 1)
    except Exception:  # noqa: BLE001 - it must not get here
        return "caught"


@app.orchestration_trigger("context")
def parent_of_broken(context: Context) -> Steps:
    try:
        yield context.call_sub_orchestrator("broken")
    except Exception as error:  # noqa: BLE001 - all that the SDK raises
        return str(error)


@app.orchestration_trigger("context")
def repairable(context: Context) -> Steps:
    """Fail in a child's activity once, so that a rewind can cure it."""
    first = yield context.call_activity("hello", "first")
    key = {"key": context.instance_id, "failures": 1}
    second = yield context.call_sub_orchestrator(
        "repairable_child", key, f"{context.instance_id}-c"
    )
    return [first, second]


@app.orchestration_trigger("context")
def repairable_child(context: Context) -> Steps:
    return (yield context.call_activity("fail_at_first", context.get_input()))


@app.orchestration_trigger("context")
def slow(context: Context) -> Steps:
    return (yield context.call_activity("sleep", context.get_input()["seconds"]))


@app.orchestration_trigger("context")
def parent_of_waiting(context: Context) -> Steps:
    try:
        child = f"{context.instance_id}-child"
        return (yield context.call_sub_orchestrator("wait_for_go", None, child))
    except Exception as error:  # noqa: BLE001 - all that the SDK raises
        return str(error)


@app.orchestration_trigger("context")
def leaves_a_loser(context: Context) -> Steps:
    fast, slow_one = context.call_activity("hello", "x"), context.call_activity("sleep", 0.5)
    winner = yield context.task_any([fast, slow_one])
    return "hello won" if winner is fast else "sleep won"


@app.orchestration_trigger("context")
def starts_over_before_its_timer(context: Context) -> Steps:
    """Leave a cancelled timer behind that fires in the next generation, under an id used again."""
    done = context.get_input()["round"]
    if done < 2:
        soon = context.create_timer(context.current_utc_datetime + timedelta(milliseconds=150))
        yield context.task_any([context.call_activity("hello", "first"), soon])
        soon.cancel()
        context.continue_as_new({"round": done + 1})
        return None
    greeting = yield context.call_activity("hello", str(done))
    yield context.create_timer(context.current_utc_datetime + timedelta(milliseconds=300))
    return [greeting, (yield context.call_activity("hello", str(done)))]


@app.orchestration_trigger("context")
def collects(context: Context) -> Steps:
    """Collect five items, one per generation."""
    got = context.get_input()["got"]
    context.set_custom_status(got)
    if len(got) == 5:
        return got
    item = yield context.wait_for_external_event("item")
    context.continue_as_new({"got": [*got, item]})
    return None


@app.orchestration_trigger("context")
def chatty(context: Context) -> Steps:
    context.set_custom_status("x" * context.get_input()["size"])
    yield context.call_activity("hello", "x")
    return "said"


@app.orchestration_trigger("context")
def looks_at_the_clock(context: Context) -> Steps:
    first, ids = str(context.current_utc_datetime), [context.new_uuid()]
    yield context.call_activity("hello", "x")
    ids += [context.new_uuid(), str(context.new_guid())]
    return [first, str(context.current_utc_datetime), ids]


@app.orchestration_trigger("context")
def sleeps_long(context: Context) -> Steps:
    days = context.get_input()["days"]
    yield context.create_timer(context.current_utc_datetime + timedelta(days=days))
    return "good morning"


@app.orchestration_trigger("context")
def sleepers(context: Context) -> Steps:
    """Take every activity slot for a while."""
    yield context.task_all([context.call_activity("sleep", 0.5) for _ in range(16)])
    return "awake"
