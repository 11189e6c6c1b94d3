"""The benches of the pipeline at a small size: they run, and what they compare ends up equal."""

import json
import subprocess
import sys
from typing import Any

import pytest

from local.workspace import REPOSITORY

LONGEST_SECONDS = 300


def figures(bench: str, *given: int) -> dict[str, Any]:
    made = subprocess.run(
        [sys.executable, "-m", f"bench.{bench}", *map(str, given)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2_000:]
    found: dict[str, Any] = json.loads(made.stdout)
    return found


@pytest.mark.timeout(LONGEST_SECONDS)
def test_the_ingest_bench_balances_its_books_and_compares_every_way() -> None:
    found = figures("ingest", 400, 2)

    for phase in ("first load", "unchanged", "1 % changed"):
        ratio = found["2 writers, pages of 40"][phase]["ratio"]
        assert set(ratio) == {"documented", "documented, one transaction a page"}


@pytest.mark.timeout(LONGEST_SECONDS)
def test_the_consolidation_bench_ends_in_the_same_catalogue_whichever_way() -> None:
    found = figures("consolidate", 600)

    for phase in ("first load", "nothing changed", "1 % changed"):
        ours = [way for name, way in found[phase].items() if name.startswith("ours")]
        assert ours
        assert all(way["same_catalogue"] for way in ours)


@pytest.mark.timeout(LONGEST_SECONDS)
def test_the_replay_bench_moves_every_listing_and_ends_in_the_same_catalogue() -> None:
    found = figures("replay", 600)

    assert found["same_catalogue"]
    assert [found[way]["left_waiting"] for way in ("replay", "reconsolidate")] == [0, 0]
    assert found["replay"]["quarantined"] == 6
