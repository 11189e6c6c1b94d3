"""Every call of the real 1.7.0 client, and the management URLs, against the host."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.durable_functions.models.utils import http_utils

from tests.support.host import WEBHOOKS, RunningHost

Scenario = Callable[[Any], Awaitable[Any]]
Status = df.OrchestrationRuntimeStatus

pytestmark = pytest.mark.filterwarnings(
    "ignore:enable_cleanup_closed:DeprecationWarning"  # the SDK's session, on newer Pythons
)


def ask(host: RunningHost, scenario: Scenario) -> Any:
    """Run a scenario with a client whose binding came from the host."""
    binding = host.client.get("/api/binding").text

    async def run() -> Any:
        try:
            return await scenario(df.DurableOrchestrationClient(binding))
        finally:
            await http_utils._close_session()

    return asyncio.run(run())


async def until(client: Any, instance_id: str, *wanted: df.OrchestrationRuntimeStatus) -> Any:
    deadline = time.monotonic() + 20
    while (status := await client.get_status(instance_id)).runtime_status not in wanted:
        assert time.monotonic() < deadline, status.to_json()
        await asyncio.sleep(0.02)
    return status


def request_to(host: RunningHost) -> func.HttpRequest:
    return func.HttpRequest("GET", f"{host.url}/api/x", body=b"")


def test_start_new_with_and_without_input_id_and_version(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        plain = await client.start_new("function_chaining")
        assert len(plain) == 32
        named = await client.start_new("fan_out_fan_in", "my-own:id", {"width": 3}, version="2.0")
        assert named == "my-own:id"
        assert (await until(client, plain, Status.Completed)).output[0] == "Hello Tokyo!"
        assert (await until(client, named, Status.Completed)).output == 5

    ask(samples, scenario)


def test_start_new_of_an_unknown_orchestrator_is_refused(samples: RunningHost) -> None:
    with pytest.raises(Exception, match="The function 'nobody' doesn't exist"):
        ask(samples, lambda client: client.start_new("nobody"))
    with pytest.raises(Exception, match="is not allowed"):
        ask(samples, lambda client: client.start_new("eternal", "@not#this"))


def test_start_new_replaces_only_what_is_over(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        await client.start_new("wait_for_go", "busy")
        with pytest.raises(Exception, match=r"with the status (Running|Pending) already exists"):
            await client.start_new("wait_for_go", "busy")
        await client.terminate("busy", "enough")
        await client.start_new("function_chaining", "busy")
        assert (await until(client, "busy", Status.Completed)).name == "function_chaining"

    ask(samples, scenario)


def test_get_status_shows_what_it_is_asked_to_show(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("fan_out_fan_in", None, {"width": 2})
        status = await until(client, instance, Status.Completed)
        assert (status.name, status.output, status.instance_id) == ("fan_out_fan_in", 1, instance)
        assert status.created_time <= status.last_updated_time

        shown = await client.get_status(instance, show_history=True, show_history_output=True)
        kinds = [event["EventType"] for event in shown.historyEvents]
        ends = ["TaskCompleted", "TaskCompleted", "ExecutionCompleted"]
        assert kinds == ["ExecutionStarted", *ends]
        completed = shown.historyEvents[2]
        assert (completed["FunctionName"], completed["Result"]) == ("square", 1)
        assert completed["ScheduledTime"] <= completed["Timestamp"]

        hidden = await client.get_status(instance, show_history=True)
        assert "Result" not in hidden.historyEvents[2]

        assert not await client.get_status("absent")

    ask(samples, scenario)


def test_get_status_by_filters(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        before = datetime.now(UTC) - timedelta(seconds=1)
        for n in range(3):
            await client.start_new("function_chaining", f"filter-{n}")
        await client.start_new("wait_for_go", "filter-waiting")
        for n in range(3):
            await until(client, f"filter-{n}", Status.Completed)

        found = await client.get_status_by(
            created_time_from=before,
            created_time_to=datetime.now(UTC) + timedelta(days=400),
            runtime_status=[Status.Completed],
            instance_id_prefix="filter-",
        )
        assert [status.instance_id for status in found] == [f"filter-{n}" for n in range(3)]
        assert await client.get_status_by(created_time_to=before, instance_id_prefix="filter") == []
        everything = await client.get_status_all()
        assert {"filter-0", "filter-waiting"} <= {status.instance_id for status in everything}

    ask(samples, scenario)


def test_raise_event_reaches_the_instance_also_before_it_waits(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("wait_for_go")
        await client.raise_event(instance, "go", {"a": 1})
        status = await until(client, instance, Status.Completed)
        # The client encodes twice, so Python orchestrators receive text.
        assert status.output == ['{"a": 1}', "Hello after go!"]
        with pytest.raises(Exception, match="is gone"):
            await client.raise_event(instance, "go", 1)
        with pytest.raises(Exception, match="No instance with ID absent found"):
            await client.raise_event("absent", "go", 1)

    ask(samples, scenario)


def test_terminate_ends_at_once_with_the_reason(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("wait_for_go")
        await client.terminate(instance, "why not")
        status = await client.get_status(instance)
        assert (status.runtime_status, status.output) == (Status.Terminated, "why not")
        await client.terminate(instance, "again")  # accepted in silence
        with pytest.raises(Exception, match="No instance with ID 'absent' found"):
            await client.terminate("absent", "x")

    ask(samples, scenario)


def test_a_suspended_instance_keeps_its_events_until_it_is_resumed(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("wait_for_go")
        await until(client, instance, Status.Running)
        await client.suspend(instance, "lunch")
        await client.raise_event(instance, "go", 1)
        await asyncio.sleep(0.3)
        assert (await client.get_status(instance)).runtime_status.value == "Suspended"
        await client.resume(instance, "back")
        assert (await until(client, instance, Status.Completed)).output[0] == "1"
        await client.suspend(instance, "too late")  # accepted in silence
        for call in (client.suspend, client.resume):
            with pytest.raises(Exception, match="No instance with ID 'absent' found"):
                await call("absent", "x")

    ask(samples, scenario)


def test_rewind_repairs_a_failed_instance_and_its_children(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("repairable")
        failed = await until(client, instance, Status.Failed)
        assert "ValueError: attempt 1" in failed.output
        await client.rewind(instance, "repaired")
        status = await until(client, instance, Status.Completed)
        assert status.output == ["Hello first!", "done at attempt 2"]
        with pytest.raises(Exception, match="only supported on failed"):
            await client.rewind(instance, "again")
        with pytest.raises(Exception, match="No instance with ID absent found"):
            await client.rewind("absent", "x")

    ask(samples, scenario)


def test_restart_runs_the_same_input_again(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        instance = await client.start_new("fan_out_fan_in", None, {"width": 4})
        await until(client, instance, Status.Completed)

        again = await client.restart(instance)
        assert again["id"] != instance  # the SDK hands the whole payload on
        assert (await until(client, again["id"], Status.Completed)).output == 14

        same = await client.restart(instance, restart_with_new_instance_id=False)
        assert same["id"] == instance
        assert (await until(client, instance, Status.Completed)).output == 14
        with pytest.raises(Exception, match="unexpected status code 400"):
            await client.restart("absent")

    ask(samples, scenario)


def test_purge_deletes_what_is_over_and_nothing_else(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        start = datetime.now(UTC)
        for n in range(3):
            await client.start_new("function_chaining", f"purge-{n}")
            await until(client, f"purge-{n}", Status.Completed)
        await client.start_new("wait_for_go", "purge-waiting")

        assert (await client.purge_instance_history("purge-0")).instances_deleted == 1
        assert (await client.purge_instance_history("purge-0")).instances_deleted == 0
        assert (await client.purge_instance_history("purge-waiting")).instances_deleted == 0

        window = (start - timedelta(seconds=1), datetime.now(UTC) + timedelta(days=400))
        purged = await client.purge_instance_history_by(*window, [Status.Completed])
        assert purged.instances_deleted >= 2
        assert not await client.get_status("purge-2")
        assert await client.get_status("purge-waiting")

    ask(samples, scenario)


def test_wait_for_completion_answers_the_output_or_where_to_look(samples: RunningHost) -> None:
    async def scenario(client: Any) -> None:
        wait = client.wait_for_completion_or_create_check_status_response
        chain = await client.start_new("function_chaining")
        done = await wait(request_to(samples), chain, 5000, 50)
        assert (done.status_code, json.loads(done.get_body())[0]) == (200, "Hello Tokyo!")

        broken = await client.start_new("broken")
        failed = await wait(request_to(samples), broken, 5000, 50)
        assert failed.status_code == 500
        assert "on purpose" in json.loads(failed.get_body())["output"]

        waiting = await client.start_new("wait_for_go")
        pending = await wait(request_to(samples), waiting, 200, 50)
        assert pending.status_code == 202
        assert pending.headers["Location"].startswith(samples.url)

    ask(samples, scenario)


def test_entities_are_refused_and_say_so(samples: RunningHost) -> None:
    counter = df.EntityId("Counter", "1")
    with pytest.raises(Exception, match="unexpected status code 501"):
        ask(samples, lambda client: client.signal_entity(counter, "add", 1))
    with pytest.raises(Exception, match="unexpected status code 501"):
        ask(samples, lambda client: client.read_entity_state(counter))


def test_the_urls_that_people_get_work(samples: RunningHost) -> None:
    started = samples.client.post("/api/start/wait_for_go")
    urls = started.json()
    assert started.status_code == 202
    assert started.headers["Location"] == urls["statusQueryGetUri"]

    waiting = samples.client.get(urls["statusQueryGetUri"])
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "5")
    event = urls["sendEventPostUri"].replace("{eventName}", "go")
    assert samples.client.post(event, content=b"plain").status_code == 400
    assert samples.client.post(event, json={"b": 2}).status_code == 202
    shown = samples.wait(urls["id"])
    assert shown["output"] == [{"b": 2}, "Hello after go!"]  # native, unlike the client's
    assert shown["createdTime"].endswith("Z")
    assert "." not in shown["createdTime"]
    assert samples.client.post(event, json=1).status_code == 410
    for name in ("suspendPostUri", "resumePostUri", "terminatePostUri", "rewindPostUri"):
        assert samples.client.post(urls[name].replace("{text}", "x")).status_code == 410
    assert samples.client.post(urls["restartPostUri"]).status_code == 202
    assert samples.client.delete(urls["purgeHistoryDeleteUri"]).json() == {"instancesDeleted": 1}
    assert samples.client.get(urls["statusQueryGetUri"]).status_code == 404


def test_starting_over_http_can_wait_for_the_end(samples: RunningHost) -> None:
    base = f"{WEBHOOKS}/orchestrators"
    query = {"code": samples.keys["system"], "timeout": "10", "pollingInterval": "0.05"}

    done = samples.client.post(f"{base}/fan_out_fan_in", params=query, json={"width": 3})
    assert (done.status_code, done.json()) == (200, 5)

    failed = samples.client.post(f"{base}/broken", params=query)
    assert (failed.status_code, failed.json()["runtimeStatus"]) == (500, "Failed")

    query["timeout"] = "0.2"
    assert samples.client.post(f"{base}/wait_for_go", params=query).status_code == 202
    assert samples.client.post(f"{base}/broken", params=query, content="{").status_code == 400


def test_a_failed_instance_is_a_500_if_one_asks_for_it(samples: RunningHost) -> None:
    instance = samples.start("broken")
    samples.wait(instance)
    path, code = f"{WEBHOOKS}/instances/{instance}", samples.keys["system"]
    ask_for_it = {"code": code, "returnInternalServerErrorOnFailure": "true"}

    assert samples.client.get(path, params=ask_for_it).status_code == 500
    shown = samples.client.get(path, params={"code": code})
    assert shown.status_code == 200
    assert shown.json()["output"] == "Orchestrator function 'broken' failed: on purpose"


def test_lists_come_in_pages(samples: RunningHost) -> None:
    for n in range(5):
        samples.wait(samples.start("function_chaining", None, f"page-{n}"))
    path = f"{WEBHOOKS}/instances"
    query = {"code": samples.keys["system"], "instanceIdPrefix": "page-", "top": "2"}
    pages, token = [], ""
    while True:
        page = samples.client.get(path, params=query, headers={"x-ms-continuation-token": token})
        pages.append([status["instanceId"] for status in page.json()])
        token = page.headers["x-ms-continuation-token"]
        if not token:
            break
    assert pages == [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]]


def test_purging_without_a_start_of_the_window_is_refused(samples: RunningHost) -> None:
    answer = samples.client.delete(
        f"{WEBHOOKS}/instances/", params={"code": samples.keys["system"]}
    )
    assert answer.status_code == 400
