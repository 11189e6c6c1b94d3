"""./opus up, from an empty folder: killed, continued, run again, served, stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from local.workspace import REPOSITORY
from tests.support import browser
from tests.support.opus import opus, processes_in, read_until, start_opus, summary

STONES = 53_940
PATIENCE_SECONDS = 60

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
    lines = said_by(examples("Try it"), open_folder, tmp_path)

    answers = [json.loads(line) for line in lines]
    health, filtered, sorted_, euros, named, facets, runs, *rest = answers
    unknown, crossed, wrong, changed, started = rest
    assert health["status"] == "ok"
    assert [stone["shape"] in ("ROUND", "OVAL") for stone in filtered["data"]] == [True] * 3
    assert [stone["labGrown"] for stone in sorted_["data"]] == [True]
    assert len(euros["data"]) == 1
    assert {frozenset(stone) for stone in named["data"]} == {frozenset(("id", "shape", "price"))}
    assert facets["data"]
    assert runs["data"][0]["status"] == "completed"
    codes = [refused["error"]["code"] for refused in (unknown, crossed, wrong)]
    assert codes == ["VALIDATION_ERROR", "VALIDATION_ERROR", "UNAUTHORIZED"]
    assert [len(stones) for stones in changed.values()] == [50, 100, 25]
    assert started["data"]["status"] == "running"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.usefixtures("served")
def test_stones_are_held_and_bought_by_curl_as_printed(open_folder: Path, tmp_path: Path) -> None:
    settings = examples("Try it").partition("\n\n")[0]

    lines = said_by(f"{settings}\n{examples('Buy a stone')}", open_folder, tmp_path)

    held, ordered, begun, back, listed = lines
    checkout = json.loads(begun)["data"]
    assert json.loads(held)["data"]["status"] == "active"
    assert json.loads(ordered)["data"]["orderStatus"] == "completed"
    assert "/shop/thanks?session=cs_test_" in back
    assert [one["id"] for one in json.loads(listed)["data"]] == [checkout["purchaseId"]]
    assert bought(open_folder, checkout["purchaseId"]) == ("completed", "captured")


@pytest.mark.skipif(browser.missing() is not None, reason=str(browser.missing()))
@pytest.mark.usefixtures("served")
def test_a_stone_is_bought_in_a_browser(open_folder: Path) -> None:
    with client_of(open_folder) as client:
        stone = client.get("/v2/diamonds", params={"limit": 1}).json()["data"][0]["id"]
        wanted = {"diamondId": stone, "currency": "EUR", "email": "you@example.test"}
        key = {"Idempotency-Key": "in-a-browser"}
        checkout = client.post("/v2/checkout", json=wanted, headers=key).json()["data"]

    seen = browser.visit(
        ("goto", checkout["checkoutUrl"]),
        ("fill", "#cardNumber", "4242 4242 4242 4242"),
        ("fill", "#cardExpiry", "12 / 40"),
        ("fill", "#cardCvc", "123"),
        ("click", "button[type=submit]"),
    )

    assert "Here your shop goes on." in seen.text
    assert bought(open_folder, checkout["purchaseId"]) == ("completed", "captured")


def examples(section: str) -> str:
    """The shell examples under a heading of the README."""
    readme = (REPOSITORY / "README.md").read_text()
    text = readme.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def said_by(script: str, open_folder: Path, folder: Path) -> list[str]:
    """The lines of a script's output, one for each answer; it calls the app in the open folder."""
    url = (open_folder / "host" / "address").read_text()
    (folder / ".opus").symlink_to(open_folder)
    (folder / ".curlrc").write_text(r'write-out = "\n"')
    done = subprocess.run(
        ["bash", "-euc", script.replace("http://127.0.0.1:7071", url)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},  # noqa: TID251
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def client_of(open_folder: Path) -> httpx.Client:
    key = {"X-API-Key": (open_folder / "api-key").read_text().strip()}
    address = (open_folder / "host" / "address").read_text().strip()
    return httpx.Client(base_url=f"{address}/api", headers=key, timeout=60)


def bought(open_folder: Path, purchase_id: str) -> tuple[str, str]:
    """How a purchase stands once it has ended, or after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with client_of(open_folder) as client:
        while True:
            shown = client.get(f"/v2/purchases/{purchase_id}").json()["data"]
            if shown["endedAt"] or time.monotonic() > deadline:
                return shown["orderStatus"], shown["paymentStatus"]
            time.sleep(0.2)


@pytest.mark.usefixtures("continued")
def test_a_terminated_up_stops_everything_it_started(open_folder: Path) -> None:
    process = start_opus("up", "--type", "incremental", "--port", "0", "--data-dir", open_folder)
    read_until(process, "starting the app")

    process.terminate()
    process.communicate()

    assert process.returncode == 128 + signal.SIGTERM
    assert processes_in(open_folder) == []
