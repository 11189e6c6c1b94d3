"""Microsoft's own worker finds in function_app.py what the manifest lists."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.workspace import REPOSITORY
from tests.test_manifest import EXPECTED

APART = REPOSITORY / ".opus" / "worker" / "bin" / "python"
HOW = "needs Python 3.13 with azure-functions-runtime: OPUS_WORKER_PYTHON=python3.13 .ci/tools"


def python_with_the_worker() -> Path | None:
    if importlib.util.find_spec("azure_functions_runtime"):
        return Path(sys.executable)
    return APART if APART.exists() else None


def described(trigger: dict[str, Any]) -> str:
    match trigger["type"]:
        case "httpTrigger":
            level = trigger["authLevel"].lower()
            key = "" if level == "anonymous" else f" ({level})"
            return f"{' '.join(trigger['methods'])} {trigger['route']}{key}"
        case "timerTrigger":
            return str(trigger["schedule"])
        case "serviceBusTrigger":
            return f"queue {trigger['queueName']}"
        case other:
            return str(other)


@pytest.mark.skipif(python_with_the_worker() is None, reason=HOW)
def test_the_worker_lists_exactly_the_functions_of_the_manifest() -> None:
    result = subprocess.run(
        [str(python_with_the_worker()), "-P", "tests/infra/index_with_worker.py"],
        cwd=REPOSITORY,
        env={"PATH": os.defpath, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    listed = json.loads(result.stdout)

    assert {each["name"]: described(each["trigger"]) for each in listed} == EXPECTED
