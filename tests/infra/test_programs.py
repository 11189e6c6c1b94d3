"""The small programs around a deployment, run for real with an Azure that only pretends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.workspace import REPOSITORY

HOOKS = REPOSITORY / "infra-bicep" / "hooks"
CI = REPOSITORY / ".ci"


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run(*command: object, folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={"PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin", **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository with one commit."""
    for command in ("init --quiet", "add --all", "commit --quiet --allow-empty --message first"):
        git(tmp_path, *command.split())
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("shared/feeds/model.py", {"app"}),
        ("infra-bicep/modules/bus.bicep", {"infra"}),
        ("web/dashboard/index.html", {"web"}),
        ("docs/operations.md", {"docs"}),
        ("requirements.txt", {"app", "container"}),
        (".github/workflows/ci.yml", {"app", "infra", "container"}),
    ],
)
def test_only_affected_parts_are_built(path: str, parts: set[str], repository: Path) -> None:
    before = git(repository, "rev-parse", "HEAD")
    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text("changed")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "second")

    said = run(CI / "affected", before, folder=repository).stdout
    assert {line.split("=")[0] for line in said.splitlines() if line.endswith("=true")} == parts


def test_without_a_commit_to_compare_everything_is_affected(repository: Path) -> None:
    said = run(CI / "affected", "0" * 40, folder=repository).stdout

    assert said.count("=true") == len(said.splitlines()) == 5


def test_what_would_change_is_a_table_without_values(tmp_path: Path) -> None:
    change = {
        "changeType": "Modify",
        "resourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v",
        "delta": [
            {"path": "properties.x", "propertyChangeType": "Modify", "before": "a", "after": "b"}
        ],
    }
    quiet = {"changeType": "NoChange", "resourceId": "/providers/Microsoft.Web/sites/s"}
    answer = json.dumps({"changes": [change, quiet]})

    result = subprocess.run(
        [sys.executable, CI / "what_if.py"],
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    row = "| Modify | Microsoft.KeyVault/vaults/v | `properties.x` modify |"
    assert result.stdout.splitlines()[2:] == [row]


def test_the_same_files_make_the_same_package(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "b.py").write_text("x = 1\n")
    for out in ("one.zip", "two.zip"):
        (folder / "a" / "b.py").touch()
        result = run(
            sys.executable, CI / "zipped.py", folder, tmp_path / out, 1_790_000_000, folder=tmp_path
        )
        assert result.returncode == 0, result.stderr

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("hour", "runs", "code", "said"),
    [
        ("12", [], 0, ""),
        ("02", [], 1, "it is 02 UTC"),
        ("12", [{"feed": "demo", "runId": "r-1"}], 1, "a run of demo is under way: r-1"),
    ],
)
def test_no_deployment_while_a_run_is_under_way(
    hour: str, runs: list[dict[str, str]], code: int, said: str, tmp_path: Path
) -> None:
    program(tmp_path / "bin", "curl", f"echo '{json.dumps({'data': runs})}'")

    result = run(
        HOOKS / "quiet", folder=tmp_path, OPUS_HOUR=hour, OPUS_KEY="k", OPUS_URL="https://app"
    )
    assert result.returncode == code
    assert said in result.stderr


def test_the_gate_is_shut_when_the_app_does_not_say(tmp_path: Path) -> None:
    program(tmp_path / "bin", "curl", "exit 22")
    given = {"OPUS_HOUR": "12", "OPUS_KEY": "k", "OPUS_URL": "https://app"}

    assert run(HOOKS / "quiet", folder=tmp_path, **given).returncode != 0
    assert run(HOOKS / "quiet", folder=tmp_path, OPUS_FORCE="yes", **given).returncode == 0


@pytest.mark.parametrize(
    ("held", "code"), [("DATABASE-URL NIVODA-PASSWORD", 0), ("DATABASE-URL", 1)]
)
def test_a_missing_secret_stops_before_the_deployment(held: str, code: int, tmp_path: Path) -> None:
    program(tmp_path / "bin", "az", f"printf '%s\\n' {held}")
    hooks = tmp_path / "infra-bicep" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "provisioned").write_bytes((HOOKS / "provisioned").read_bytes())
    filled = tmp_path / "infra-bicep" / "main.parameters.json"
    filled.write_text("{}")

    result = run(
        "sh",
        hooks / "provisioned",
        folder=tmp_path,
        AZURE_KEY_VAULT_NAME="kv",
        OPUS_SECRET_SETTINGS="DATABASE_URL NIVODA_PASSWORD",
    )
    assert result.returncode == code, result.stderr
    assert ("lacks: NIVODA-PASSWORD" in result.stderr) == bool(code)
    assert not filled.exists()


@pytest.mark.parametrize("backend", ["scheduler", "storage"])
def test_migrations_wait_until_host_json_and_the_templates_agree(
    backend: str, tmp_path: Path
) -> None:
    program(tmp_path / "bin", "az", "echo postgresql://nobody@127.0.0.1:1/none")
    hooks = tmp_path / "infra-bicep" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "migrate").write_bytes((HOOKS / "migrate").read_bytes())
    (tmp_path / "host.json").write_bytes((REPOSITORY / "host.json").read_bytes())
    program(tmp_path, "opus", 'echo "$* $DATABASE_URL"')

    result = run(
        "sh",
        hooks / "migrate",
        "pre",
        folder=tmp_path,
        AZURE_KEY_VAULT_NAME="kv",
        OPUS_DURABLE_BACKEND=backend,
    )
    if backend == "scheduler":
        assert result.stdout.split() == [
            "migrate",
            "--stage",
            "pre",
            "postgresql://nobody@127.0.0.1:1/none",
        ]
    else:
        assert "durableBackend is storage, but host.json says azureManaged" in result.stderr


def azure_that_lists(folder: Path, names: str) -> None:
    program(
        folder / "bin",
        "az",
        'case "$*" in\n'
        "  *'function list'*) printf '%s\\n' " + names + " ;;\n"
        "  *'cloud show'*) echo https://management.example/ ;;\n"
        "  *'functionapp show'*) echo /subscriptions/s/sites/app ;;\n"
        '  *) echo "$*" >>asked ;;\nesac',
    )
    program(folder / "bin", "curl", "echo '{}'")
    program(folder / "bin", "sleep", ":")
    program(folder, "opus", "printf '%s\\n' get_health start_nightly_ingest")
    hooks = folder / "infra-bicep" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "deployed").write_bytes((HOOKS / "deployed").read_bytes())


@pytest.mark.parametrize(
    ("listed", "code"),
    [("app/get_health app/start_nightly_ingest", 0), ("app/WarmUp", 1), ("app/get_health", 1)],
)
def test_a_deployment_ends_well_only_when_azure_lists_every_function(
    listed: str, code: int, tmp_path: Path
) -> None:
    azure_that_lists(tmp_path, listed)

    result = run(
        "sh",
        tmp_path / "infra-bicep" / "hooks" / "deployed",
        folder=tmp_path,
        AZURE_RESOURCE_GROUP="g",
        AZURE_FUNCTION_NAME="app",
        OPUS_URL="https://app",
        OPUS_MIGRATE="no",
    )
    assert result.returncode == code, result.stderr
    assert "/host/default/sync" in (tmp_path / "asked").read_text()
    assert ("are not those of this commit" in result.stderr) == bool(code)
