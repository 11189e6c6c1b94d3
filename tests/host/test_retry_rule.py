"""Orchestrators keep the retry rule: the SDK's retries are yielded at once, on their own.

Anywhere else, in `task_any` or in a fan-out, results may reach the wrong task: see the hazards.
Our own `call_with_retry` is a generator and cannot get there.
"""

import ast
from pathlib import Path

import pytest

from tests.support.host import APPS, REPOSITORY

RETRIES = ("call_activity_with_retry", "call_sub_orchestrator_with_retry")
WATCHED = [*(REPOSITORY / "orchestrators").rglob("*.py"), REPOSITORY / "shared/platform/durable.py"]


def loose_retries(path: Path) -> list[int]:
    """Answer the lines of retries that are not the operand of a yield."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    retries = [call for call in calls if getattr(call.func, "attr", "") in RETRIES]
    yielded = {id(node.value) for node in nodes if isinstance(node, ast.Yield)}
    return [call.lineno for call in retries if id(call) not in yielded]


@pytest.mark.parametrize("path", WATCHED, ids=lambda path: path.name)
def test_orchestrators_yield_retries_at_once(path: Path) -> None:
    assert loose_retries(path) == []


def test_the_rule_finds_the_hazards() -> None:
    hazards = APPS / "programs" / "function_app.py"
    lines = hazards.read_text().splitlines()
    found = [lines[number - 1] for number in loose_retries(hazards)]
    assert sum("retried = context.call_activity_with_retry" in line for line in found) == 3


def test_the_rule_allows_a_retry_that_is_waited_for() -> None:
    assert loose_retries(APPS / "samples" / "function_app.py") == []
