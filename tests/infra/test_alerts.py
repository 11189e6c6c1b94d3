"""Alerts look for what is really logged, and each has a runbook."""

import json
import re
from pathlib import Path

import pytest

from local.workspace import REPOSITORY

INFRA = REPOSITORY / "infra-bicep"
QUERIES = sorted((INFRA / "alerts").glob("*.kql"))
ALERTS = (INFRA / "modules" / "alerts.bicep").read_text()
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()
SOURCE = "".join(
    path.read_text()
    for room in ("activities", "http_api", "orchestrators", "shared", "triggers")
    for path in (REPOSITORY / room).rglob("*.py")
)
WORKBOOK = json.loads((INFRA / "workbooks" / "last-night.workbook.json").read_text())
TABLES = {"AppTraces", "AppRequests", "AppExceptions"}


def workbook_queries() -> list[str]:
    return [item["content"]["query"] for item in WORKBOOK["items"] if "query" in item["content"]]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_reads_known_tables_and_closes_what_it_opens(path: Path) -> None:
    query = path.read_text()

    assert set(re.findall(r"\bApp[A-Z]\w+", query)) <= TABLES
    assert query.count("(") == query.count(")")
    assert query.count('"') % 2 == 0


def test_every_line_that_is_looked_for_is_logged() -> None:
    """A log line that is renamed would silence its alert for good."""
    queries = [*(path.read_text() for path in QUERIES), *workbook_queries()]
    wanted = {said for query in queries for said in re.findall(r'startswith "(.+?) "', query)}

    assert wanted
    missing = [said for said in sorted(wanted) if f'"{said}"' not in SOURCE]
    assert missing == [], "log lines by these names are looked for in infra-bicep/alerts"


def test_every_field_of_a_closed_run_that_is_read_is_logged_in_this_order() -> None:
    closing = (REPOSITORY / "shared" / "ingestion" / "closing.py").read_text()
    line = closing[closing.index('"run closed"') :].partition("\n    )")[0]
    logged = re.findall(r"^        (\w+)=", line, re.MULTILINE)

    for query in [*(path.read_text() for path in QUERIES), *workbook_queries()]:
        if "run closed" in query:
            read = re.findall(r'" (\w+)=" \w+', query)
            assert read == [name for name in logged if name in read]


def test_every_alert_has_a_runbook() -> None:
    names = [*re.findall(r"^    name: '([\w-]+)'$", ALERTS, re.MULTILINE), "unreachable"]

    assert len(names) > 10
    assert [name for name in names if f"**Alert `{name}`.**" not in OPERATIONS] == [], (
        "write what to do into docs/operations.md, as **Alert `name`.**"
    )


def test_every_query_is_an_alert() -> None:
    assert {path.stem for path in QUERIES} == set(re.findall(r"alerts/([\w-]+)\.kql", ALERTS))
