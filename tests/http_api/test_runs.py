"""What a request for a run may ask."""

from typing import Any

import pytest
from pydantic import ValidationError

from http_api.runs import StartRun

SINCE = "2026-11-20T00:00:00Z"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"type": "incremental"},
        {"type": "backfill", "priceMin": 1000},
        {"type": "backfill", "priceMin": 1000, "priceBelow": 2000},
        {"type": "backfill", "updatedFrom": SINCE},
        {"type": "backfill", "priceMin": 0, "updatedFrom": SINCE},
    ],
)
def test_a_run_reads_everything_or_a_part_that_is_named(asked: dict[str, Any]) -> None:
    assert StartRun.model_validate(asked).type == asked.get("type", "full")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"type": "backfill"}, "needs priceMin or updatedFrom"),
        ({"type": "full", "priceMin": 1}, "nothing else takes them"),
        ({"type": "incremental", "updatedFrom": SINCE}, "nothing else takes them"),
        ({"type": "backfill", "updatedFrom": SINCE, "priceBelow": 9}, "priceBelow needs priceMin"),
        ({"type": "backfill", "priceMin": 9, "priceBelow": 9}, "above priceMin"),
        ({"type": "backfill", "updatedFrom": "2026-11-20T00:00:00"}, "timezone"),
        ({"type": "yearly"}, "type"),
    ],
)
def test_a_part_that_makes_no_sense_is_refused_by_name(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        StartRun.model_validate(asked)
