"""./opus up, from an empty folder: killed, continued, run again, served, stopped."""

import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.opus import opus, processes_in, read_until, start_opus, summary

STONES = 53_940

pytestmark = pytest.mark.timeout(240)  # each starts the whole system


@pytest.fixture(scope="module")
def continued(open_folder: Path) -> dict[str, Any]:
    """The summary of a run that was killed while it fetched, and then continued."""
    process = start_opus("up", "--once", "--port", "0", "--data-dir", open_folder)
    read_until(process, "fetching")
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    process.communicate()
    return summary(opus("up", "--once", "--port", "0", "--data-dir", open_folder))


def test_a_killed_run_is_continued_to_the_numbers_of_an_undisturbed_one(
    continued: dict[str, Any],
) -> None:
    counts = ("fetched", "new", "inserted", "active")
    assert {name: continued[name] for name in counts} == dict.fromkeys(counts, STONES)
    nothing = ("changed", "unchanged", "duplicate", "quarantined", "removed", "waiting")
    assert {name: continued[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert continued["status"] == "completed"
    assert continued["balanced"] is True


def test_partitions_are_of_like_size(continued: dict[str, Any]) -> None:
    assert continued["partitions"] >= 10
    assert continued["largestPartition"] <= 1.5 * continued["smallestPartition"]


@pytest.mark.usefixtures("continued")
def test_a_second_full_run_finds_everything_unchanged(open_folder: Path) -> None:
    again = summary(opus("up", "--once", "--port", "0", "--data-dir", open_folder))

    assert again["unchanged"] == again["active"] == STONES
    assert again["new"] == again["changed"] == again["inserted"] == again["updated"] == 0


@pytest.mark.usefixtures("continued")
def test_a_served_app_takes_runs_from_the_command_line_until_ctrl_c(open_folder: Path) -> None:
    folder = ("--data-dir", str(open_folder))
    process = start_opus("up", "--type", "incremental", "--port", "0", *folder)
    read_until(process, "Ctrl-C")

    run = summary(opus("run", "--type", "incremental", "--json", *folder))
    listed = opus("runs", *folder).stdout
    process.send_signal(signal.SIGINT)
    process.communicate()

    assert run["status"] == "completed"
    assert run["fetched"] == 0
    assert listed.count("completed") >= 3
    assert process.returncode == 0
    assert processes_in(open_folder) == []


@pytest.mark.usefixtures("continued")
def test_a_terminated_up_stops_everything_it_started(open_folder: Path) -> None:
    process = start_opus("up", "--type", "incremental", "--port", "0", "--data-dir", open_folder)
    read_until(process, "starting the app")

    process.terminate()
    process.communicate()

    assert process.returncode == 128 + signal.SIGTERM
    assert processes_in(open_folder) == []
