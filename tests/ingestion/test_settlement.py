"""When a run goes on, when it gives up, and when stones may be taken off sale."""

from decimal import Decimal
from uuid import UUID

import pytest

from shared.ingestion.model import Progress
from shared.ingestion.settlement import Evidence, judge, judge_sweep

GRACE = 300


def progress(
    completed: int,
    failed: int = 0,
    still_open: int = 0,
    *,
    quiet: float = 0,
    cancelled: bool = False,
    forced: bool = False,
) -> Progress:
    return Progress(
        run_id=UUID(int=1),
        cancelled=cancelled,
        forced=forced,
        partitions=completed + failed + still_open,
        completed=completed,
        failed=failed,
        open=still_open,
        quiet_seconds=quiet,
    )


def decided(state: Progress, waited: float) -> str:
    return judge(
        state, threshold=Decimal("0.70"), grace_seconds=GRACE, waited_seconds=waited
    ).decision


@pytest.mark.parametrize(
    ("state", "waited", "decision"),
    [
        (progress(10), 0, "complete"),
        (progress(0), 0, "complete"),
        (progress(9, 0, 1), 0, "wait"),
        (progress(7, 3), 10, "wait"),
        (progress(7, 3), GRACE, "partial"),
        (progress(8, 2), GRACE, "partial"),
        (progress(6, 4), 10, "wait"),
        (progress(6, 4), GRACE, "failed"),
        (progress(6, 3, 1, quiet=9_999), 0, "wait"),
        (progress(7, 2, 1, quiet=10), 0, "wait"),
        (progress(7, 2, 1, quiet=301), 0, "partial"),
        (progress(7, 2, 1, cancelled=True), 0, "cancelled"),
        (progress(2, 8, forced=True), 0, "partial"),
    ],
)
def test_a_run_is_judged_by_its_partitions_alone(
    state: Progress, waited: float, decision: str
) -> None:
    assert decided(state, waited) == decision


def test_a_slow_but_moving_partition_is_never_cut_off() -> None:
    assert decided(progress(29, 0, 1, quiet=GRACE - 1), 0) == "wait"


def evidence(**changed: object) -> Evidence:
    proven: dict[str, object] = {
        "run_type": "full",
        "tiled": True,
        "sightings": 1_000,
        "recount": 1_000,
        "active_before": 1_050,
        "unseen": 50,
    }
    return Evidence(**(proven | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (evidence(), "done"),
        (evidence(run_type="incremental"), "not_due"),
        (evidence(tiled=False), "refused"),
        (evidence(recount=1_020), "done"),
        (evidence(recount=1_030), "refused"),
        (evidence(recount=900), "refused"),
        (evidence(unseen=209), "done"),
        (evidence(unseen=210), "waiting"),
        (evidence(sightings=0, recount=0, unseen=1_050), "waiting"),
        (evidence(active_before=0, unseen=0), "done"),
    ],
)
def test_a_sweep_needs_its_proof(given: Evidence, state: str) -> None:
    judged = judge_sweep(given, tolerance=Decimal("0.02"), limit=Decimal("0.20"))

    assert judged.state == state
    assert judged.reason
