"""The documented orchestration patterns run and end as documented."""

import time

import pytest

from tests.support.host import RunningHost


def test_function_chaining(samples: RunningHost) -> None:
    assert samples.run("function_chaining") == ["Hello Tokyo!", "Hello Seattle!", "Hello London!"]


def test_fan_out_fan_in(samples: RunningHost) -> None:
    assert samples.run("fan_out_fan_in", {"width": 50}) == sum(n * n for n in range(50))


def test_human_interaction_ends_at_the_right_answer(samples: RunningHost) -> None:
    verification = samples.start("phone_verification")

    for code in (1, 2, 4711):
        assert samples.send(verification, "raiseEvent/SmsChallengeResponse", code) == 202

    assert samples.wait(verification)["output"] == "verified"


def test_human_interaction_rejects_three_wrong_answers(samples: RunningHost) -> None:
    verification = samples.start("phone_verification")

    for code in (1, 2, 3):
        samples.send(verification, "raiseEvent/SmsChallengeResponse", code)

    assert samples.wait(verification)["output"] == "rejected"


def test_human_interaction_times_out(samples: RunningHost) -> None:
    verification = samples.start("phone_verification")
    samples.wait(verification, "Running")

    samples.advance(91)

    assert samples.wait(verification)["output"] == "timed out"


def timers(host: RunningHost, instance_id: str) -> int:
    """Count the timers that an instance has set."""
    events = host.status(instance_id, showHistory="true")["historyEvents"]
    return sum(event["EventType"].startswith("Timer") for event in events)


def test_monitor_looks_until_the_job_is_done(samples: RunningHost) -> None:
    watch = samples.start("monitor", {"job": "job-1"})

    for look in (1, 2):
        while timers(samples, watch) < look:
            time.sleep(0.02)
        assert samples.status(watch)["customStatus"] == {"looks": look}
        samples.advance(1800)

    assert samples.wait(watch)["output"] == "completed after 3 looks"


def test_sub_orchestrations_know_their_parent(samples: RunningHost) -> None:
    parent = samples.start("provision_devices")

    expected = [f"Hello {name}! from {parent}" for name in ("lamp", "lock", "blind")]
    assert samples.wait(parent)["output"] == expected


@pytest.mark.parametrize(
    ("failures", "output"),
    [
        (0, "done at attempt 1"),
        (2, "done at attempt 3"),
    ],
)
def test_retries_end_with_the_first_success(
    samples: RunningHost, failures: int, output: str
) -> None:
    given = {"failures": failures, "attempts": 3, "interval_ms": 20}
    assert samples.run("retries", given) == output


def test_retries_end_with_the_last_failure(samples: RunningHost) -> None:
    given = {"failures": 5, "attempts": 3, "interval_ms": 20}
    output = samples.run("retries", given)
    assert output.startswith(
        "gave up: Activity function 'fail_at_first' failed:  ValueError: attempt 3 \n "
    )


def test_an_eternal_orchestration_starts_over_and_stops_when_told(samples: RunningHost) -> None:
    eternal = samples.start("eternal")
    while int(samples.status(eternal)["input"] or 0) < 2:
        samples.wait(eternal, "Running", "Pending")
        samples.advance(3601)

    assert samples.send(eternal, "raiseEvent/stop", "now") == 202

    assert samples.wait(eternal)["output"] >= 2
