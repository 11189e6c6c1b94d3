"""Random orchestrations come to what a direct interpreter says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.host import APPS, RunningHost, running
from tests.support.programs import Programs, interpret


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    settings = {"NOTES": str(tmp_path_factory.mktemp("notes"))}
    with running(APPS / "programs", tmp_path_factory.mktemp("state"), settings) as started:
        yield started


def differences(host: RunningHost, seed: int, how_many: int) -> list[object]:
    """Run programs side by side; answer those that end otherwise than they should."""
    programs = list(Programs(seed).take(how_many))
    started = [(host.start("run", {"do": program}), program) for program in programs]
    ended = [(host.wait(instance_id, limit=60), program) for instance_id, program in started]
    return [
        (program, shown["runtimeStatus"], shown["output"], interpret(program))
        for shown, program in ended
        if shown["output"] != interpret(program)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_programs_end_as_the_interpreter_says(host: RunningHost, seed: int) -> None:
    assert differences(host, seed, 20) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_thousand_programs_end_as_the_interpreter_says(host: RunningHost, seed: int) -> None:
    assert differences(host, seed, 100) == []


def test_generations_hand_on_their_results(host: RunningHost) -> None:
    programs = list(Programs(7).take(5))
    instance = host.start("generations", {"left": programs, "done": []})
    assert host.wait(instance)["output"] == [interpret(program) for program in programs]


def test_a_failure_in_the_background_gives_a_wrong_value(host: RunningHost) -> None:
    """Microsoft confirmed it (azure-functions-durable-python#603) and will not fix it."""
    shown = host.wait(host.start("hazard_all_with_failing_retry"))
    assert shown["runtimeStatus"] == "Completed"
    assert shown["output"] in (None, 101)  # by who fails first; 10 would be right


def test_waiting_for_a_retried_loser_goes_wrong(host: RunningHost) -> None:
    instance = host.start("hazard_any_with_retry")
    shown = host.wait(instance, "Failed", "Completed", "Running")
    assert shown["output"] != [101, 10]


def test_racing_a_retry_against_a_timer_goes_wrong(host: RunningHost) -> None:
    shown = host.wait(host.start("hazard_any_of_retry_and_timer"))
    assert shown["runtimeStatus"] == "Failed"
    assert "Non-Deterministic workflow detected" in shown["output"]


def test_the_state_folder_is_all_that_is_written(host: RunningHost) -> None:
    names = {path.name for path in Path(host.state).iterdir()}
    suffixes = ("", "-wal", "-shm")
    sqlite = {f"{name}.sqlite{suffix}" for name in ("host", "messages") for suffix in suffixes}
    assert names == sqlite | {"address", "host.lock", "keys.json", "log"}
