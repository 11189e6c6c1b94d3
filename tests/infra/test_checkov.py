"""Checkov has nothing to say that is not explained."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.workspace import REPOSITORY

CHECKOV = REPOSITORY / ".opus" / "checkov" / "bin" / "checkov"
CHECKED = ("infra-bicep", ".github", "Dockerfile")

pytestmark = [
    pytest.mark.skipif(not CHECKOV.exists(), reason="needs Checkov: run .ci/tools"),
    pytest.mark.timeout(400),
]


def checked(folder: Path) -> list[dict[str, Any]]:
    result = subprocess.run(
        [CHECKOV, "-d", folder, "--config-file", REPOSITORY / ".ci/checkov.yaml", "-o", "json"],
        capture_output=True,
        text=True,
        timeout=350,
        check=False,
        cwd=folder,
    )
    reports = json.loads(result.stdout)
    return reports if isinstance(reports, list) else [reports]


def failed(reports: list[dict[str, Any]]) -> set[str]:
    return {check["check_id"] for each in reports for check in each["results"]["failed_checks"]}


def test_every_finding_is_explained_and_planted_ones_are_found(tmp_path: Path) -> None:
    for name in CHECKED:
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, tmp_path / "clean" / name)
        else:
            shutil.copy(REPOSITORY / name, tmp_path / "clean" / name)
    storage = (REPOSITORY / "infra-bicep" / "modules" / "storage.bicep").read_text()
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "storage.bicep").write_text(
        storage.replace("supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false")
    )

    clean = checked(tmp_path / "clean")
    assert failed(clean) == set()
    assert {each["check_type"] for each in clean} == {"bicep", "dockerfile", "github_actions"}
    assert sum(each["summary"]["parsing_errors"] for each in clean) == 0
    assert failed(checked(tmp_path / "wrong")) == {"CKV_AZURE_3"}
