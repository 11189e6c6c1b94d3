"""What the command line says of a run."""

from typing import Any

from rich.console import Console

from local.report import show_run

COUNTS = ("new", "changed", "unchanged", "duplicate", "quarantined", "active", "removed", "fetched")


def run(**changed: Any) -> dict[str, Any]:
    numbers = dict.fromkeys((*COUNTS, "partitions", "smallestPartition", "largestPartition"), 7)
    return {
        "runId": "r-1",
        "feed": "demo",
        "type": "full",
        "status": "completed",
        "sweep": "waiting",
        "sweepReason": "100 of 200 stones from 1 to 2 USD would go",
        "error": None,
        "summary": numbers | {"seconds": 1.5, "balanced": True},
        "doubts": None,
        "partitions": [],
        **changed,
    }


def shown(said: dict[str, Any]) -> str:
    console = Console(record=True, width=120)
    show_run(console, said)
    return console.export_text()


def test_what_the_mapping_did_not_understand_is_shown_with_an_example() -> None:
    doubts = [{"field": "polish", "stones": 1_234, "examples": ["polish: 'SUPERB'"]}]

    text = shown(run(doubts=doubts))

    assert "not understood: polish of 1,234 stones, e.g. polish: 'SUPERB'" in text
    assert "not understood" not in shown(run())


def test_why_a_sweep_did_not_happen_is_shown() -> None:
    assert "waiting, 100 of 200 stones from 1 to 2 USD would go" in shown(run())
