"""The documented examples of signed requests work as they are printed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.workspace import REPOSITORY
from shared.access import service
from shared.access.model import Scope
from shared.platform.settings import settings
from tests.conftest import AppSettings
from tests.support.callers import MASTER
from tests.support.installation import Installation

EXAMPLE = re.compile(r"^```(?P<language>sh|js)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
OLDEST_NODE = 18


def example(language: str) -> str:
    text = (REPOSITORY / "docs" / "api.md").read_text()
    in_language = [each["text"] for each in EXAMPLE.finditer(text) if each["language"] == language]
    (found,) = [each for each in in_language if "X-Signature" in each]
    return str(found)


@pytest.fixture
def signing(
    tmp_path: Path, database_url: str, app_settings: AppSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The real app, serving; and what a partner was given."""
    app_settings(DATABASE_URL=database_url, ACCESS_SIGNING_KEY=MASTER)
    assert settings().access.masters
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    made = Installation(tmp_path, database_url)
    try:
        made.start()
        with psycopg.connect(database_url) as conn:
            issued = service.issue(
                conn,
                client_name="a partner",
                scopes=[Scope.DIAMONDS_READ, Scope.RUNS_WRITE],
                kind="signature",
            )
        yield {
            "API": f"{made.app.url}/api",
            "CLIENT_ID": str(issued.key.id),
            "CLIENT_SECRET": issued.secret,
            "PATH": os.environ["PATH"],  # noqa: TID251 - where the programs are
        }
    finally:
        made.stop()


def printed(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def usable_node(environment: dict[str, str]) -> str | None:
    node = shutil.which("node")
    if node is None:
        return None
    version = printed([node, "-p", "process.versions.node"], environment)
    return node if int(version.split(".")[0]) >= OLDEST_NODE else None


def test_the_examples_work_as_printed(signing: dict[str, str], tmp_path: Path) -> None:
    for program in ("curl", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")

    answer = printed(["sh", "-ec", example("sh")], signing)

    assert '"data":[]' in answer
    node = usable_node(signing)
    if node is None:
        pytest.skip(f"Node.js {OLDEST_NODE} or newer is not installed; curl's example was tried")
    (tmp_path / "signed.mjs").write_text(example("js"))
    told = printed([node, str(tmp_path / "signed.mjs")], signing)
    assert told.split("\n") == ["200 0", "404 NOT_FOUND", ""]
