"""./opus up, from an empty folder: killed, continued, run again, served, stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.workspace import REPOSITORY
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


@pytest.mark.usefixtures("continued")
def test_the_watermark_is_out_before_up_ends(open_folder: Path) -> None:
    assert (open_folder / "blobs" / "watermarks" / "demo.json").exists()


def test_partitions_are_of_like_size(continued: dict[str, Any]) -> None:
    assert continued["partitions"] >= 10
    assert continued["largestPartition"] <= 1.5 * continued["smallestPartition"]


@pytest.mark.usefixtures("continued")
def test_a_second_full_run_finds_everything_unchanged(open_folder: Path) -> None:
    again = summary(opus("up", "--once", "--port", "0", "--data-dir", open_folder))

    assert again["unchanged"] == again["active"] == STONES
    assert again["new"] == again["changed"] == again["inserted"] == again["updated"] == 0


@pytest.fixture
def served(open_folder: Path, continued: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """./opus up after its run, serving."""
    process = start_opus("up", "--type", "incremental", "--port", "0", "--data-dir", open_folder)
    read_until(process, "Ctrl-C")
    yield process
    process.kill()
    with process:  # closes its pipe, waits for its end
        pass


def test_a_served_app_takes_runs_from_the_command_line_until_ctrl_c(
    open_folder: Path, served: subprocess.Popen[str]
) -> None:
    folder = ("--data-dir", str(open_folder))

    run = summary(opus("run", "--type", "incremental", "--json", *folder))
    listed = opus("runs", *folder).stdout
    served.send_signal(signal.SIGINT)
    served.communicate()

    assert run["status"] == "completed"
    assert run["fetched"] == 0
    assert listed.count("completed") >= 3
    assert served.returncode == 0
    assert processes_in(open_folder) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.usefixtures("served")
def test_the_examples_of_the_readme_work_as_printed(open_folder: Path, tmp_path: Path) -> None:
    (tmp_path / ".opus").symlink_to(open_folder)
    (tmp_path / ".curlrc").write_text(r'write-out = "\n"')

    said = subprocess.run(
        ["bash", "-euc", readme_examples((open_folder / "host" / "address").read_text())],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},  # noqa: TID251
        capture_output=True,
        text=True,
        check=True,
    )

    answers = [json.loads(line) for line in said.stdout.splitlines()]
    health, filtered, sorted_, runs, unknown, crossed, wrong, changed, started = answers
    assert health["status"] == "ok"
    assert [stone["shape"] in ("ROUND", "OVAL") for stone in filtered["data"]] == [True] * 3
    assert [stone["labGrown"] for stone in sorted_["data"]] == [True]
    assert runs["data"][0]["status"] == "completed"
    codes = [refused["error"]["code"] for refused in (unknown, crossed, wrong)]
    assert codes == ["VALIDATION_ERROR", "VALIDATION_ERROR", "UNAUTHORIZED"]
    assert [len(stones) for stones in changed.values()] == [50, 100, 25]
    assert started["data"]["status"] == "running"


def readme_examples(url: str) -> str:
    """The shell examples that call the API, pointed at where it is served here."""
    readme = (REPOSITORY / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    examples = "\n".join(block for block in blocks if "curl" in block)
    return examples.replace("http://127.0.0.1:7071", url)


@pytest.mark.usefixtures("continued")
def test_a_terminated_up_stops_everything_it_started(open_folder: Path) -> None:
    process = start_opus("up", "--type", "incremental", "--port", "0", "--data-dir", open_folder)
    read_until(process, "starting the app")

    process.terminate()
    process.communicate()

    assert process.returncode == 128 + signal.SIGTERM
    assert processes_in(open_folder) == []
