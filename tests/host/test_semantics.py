"""What the Durable extension does at the edges, the engine does too."""

import time

from tests.support.host import RunningHost


def test_a_failed_orchestrator_tells_who_failed_and_why(samples: RunningHost) -> None:
    shown = samples.wait(samples.start("broken"))
    assert shown["runtimeStatus"] == "Failed"
    assert shown["output"] == "Orchestrator function 'broken' failed: on purpose"


def test_an_unknown_activity_fails_the_instance_past_all_handlers(samples: RunningHost) -> None:
    shown = samples.wait(samples.start("calls_nobody"))
    assert shown["runtimeStatus"] == "Failed"
    assert (
        "The function 'nobody' doesn't exist, is disabled, or is not an activity"
        in (shown["output"])
    )


def test_a_parent_catches_its_childs_failure(samples: RunningHost) -> None:
    output = samples.run("parent_of_broken")
    assert output.startswith("Orchestrator function 'broken' failed: on purpose \n ")


def test_a_terminated_child_is_a_failure_to_its_parent(samples: RunningHost) -> None:
    parent = samples.start("parent_of_waiting")
    child = f"{parent}-child"
    samples.wait(child, "Running")

    assert samples.send(child, "terminate", reason="enough") == 202

    assert samples.wait(parent)["output"].startswith("enough \n ")


def test_terminating_a_parent_leaves_its_children_alone(samples: RunningHost) -> None:
    parent = samples.start("parent_of_waiting")
    child = f"{parent}-child"
    samples.wait(child, "Running")

    samples.send(parent, "terminate", reason="enough")
    assert samples.wait(parent)["runtimeStatus"] == "Terminated"

    samples.send(child, "raiseEvent/go", 1)
    assert samples.wait(child)["runtimeStatus"] == "Completed"


def test_the_loser_of_a_race_holds_the_instance_open(samples: RunningHost) -> None:
    instance = samples.start("leaves_a_loser")
    began = time.monotonic()
    shown = samples.wait(instance)
    assert shown["output"] == "hello won"
    assert time.monotonic() - began > 0.4  # the slower activity has ended, too


def test_late_results_do_not_reach_the_next_generation(samples: RunningHost) -> None:
    assert samples.run("starts_over_before_its_timer", {"round": 0}) == ["Hello 2!"] * 2


def test_an_event_that_came_late_survives_starting_over(samples: RunningHost) -> None:
    instance = samples.start("collects", {"got": []})
    for n in range(5):
        assert samples.send(instance, "raiseEvent/item", n) == 202
        while len(samples.status(instance)["customStatus"] or []) <= n:
            time.sleep(0.01)
    assert samples.wait(instance)["output"] == [0, 1, 2, 3, 4]


def test_the_custom_status_has_a_limit(samples: RunningHost) -> None:
    shown = samples.wait(samples.start("chatty", {"size": 9000}))
    assert shown["runtimeStatus"] == "Failed"
    assert "16 KB" in shown["output"]
    assert samples.run("chatty", {"size": 8000}) == "said"


def test_a_child_id_that_is_in_use_fails_loudly(samples: RunningHost) -> None:
    samples.wait(samples.start("wait_for_go", None, "taken-child"), "Running")
    shown = samples.wait(samples.start("parent_of_waiting", None, "taken"))
    assert "with the status Running already exists" in shown["output"]


def test_names_are_found_in_any_case(samples: RunningHost) -> None:
    assert samples.run("FUNCTION_Chaining")[2] == "Hello London!"


def test_time_does_not_stand_still_and_ids_repeat(samples: RunningHost) -> None:
    first, second, uuids = samples.run("looks_at_the_clock")
    assert second >= first
    assert len(set(uuids)) == 3


def test_long_timers_are_single_timers(samples: RunningHost) -> None:
    instance = samples.start("sleeps_long", {"days": 40})
    samples.wait(instance, "Running")
    samples.advance(40 * 86400 + 1)
    assert samples.wait(instance)["output"] == "good morning"


def test_a_wide_fan_out_takes_few_turns(samples: RunningHost) -> None:
    instance = samples.start("fan_out_fan_in", {"width": 1000})
    shown = samples.wait(instance, limit=30)
    assert shown["output"] == sum(n * n for n in range(1000))
    turns = samples.log().count("done function=fan_out_fan_in")
    assert turns < 50


def test_busy_activities_leave_threads_for_http(samples: RunningHost) -> None:
    instance = samples.start("sleepers")
    samples.wait(instance, "Running")
    for _ in range(5):
        began = time.monotonic()
        assert samples.client.get("/api/binding").status_code == 200
        assert time.monotonic() - began < 0.4
    assert samples.status(instance)["runtimeStatus"] == "Running"
    assert samples.wait(instance)["output"] == "awake"
