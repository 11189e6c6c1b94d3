"""Every test that docs/regressions.md relies on is there, and no known mistake is left out."""

import re

from local.workspace import REPOSITORY

LINES = (REPOSITORY / "docs" / "regressions.md").read_text(encoding="utf-8").splitlines()
ROWS = [line for line in LINES if re.match(r"\| \d", line)]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
INGESTION = {1, 2, 5, 7, 8, *range(10, 51)}


def test_every_known_mistake_of_ingestion_has_a_test_that_would_notice() -> None:
    guarded = {int(row.split("|")[1]) for row in ROWS if TEST.search(row)}

    assert guarded >= INGESTION


def test_every_test_that_is_named_exists() -> None:
    named = [found for row in ROWS for found in TEST.findall(row)]

    assert len(named) >= len(ROWS)
    assert [test for test in named if not _exists(*test)] == []


def _exists(path: str, name: str) -> bool:
    file = REPOSITORY / path
    return file.exists() and f"def {name}(" in file.read_text(encoding="utf-8")
