"""What staging and production say fits what the templates ask for."""

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.workspace import REPOSITORY
from shared.platform.settings import Settings
from tests.infra.rules import constraint
from tests.infra.source import Declaration, Source, text

INFRA = REPOSITORY / "infra-bicep"
MAIN = Source(INFRA / "main.bicep").of_kind("param")
STAGES = ("staging", "production")
FROM_OUTSIDE = {
    "AZURE_ENV_NAME": "staging",
    "AZURE_LOCATION": "australiaeast",
    "OPUS_ALERT_EMAIL": "ops@example.com",
    "NIVODA_ENDPOINT": "https://supplier.example/graphql",
    "NIVODA_USERNAME": "shop",
    "ALERT_EMAIL_FROM": "alerts@example.com",
}
CONNECTIONS = {"Standard_B1ms": 35, "Standard_B2s": 414, "Standard_D2ds_v5": 844}
"""What Azure leaves to users: max_connections less 15 that it keeps.
https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-limits"""


def parameters(stage: str) -> dict[str, Any]:
    document = json.loads((INFRA / f"{stage}.parameters.json").read_text())
    return {name: entry["value"] for name, entry in document["parameters"].items()}


def value(stage: str, name: str) -> Any:
    default = MAIN[name].default
    given = text(default).strip("'") if default is not None else None
    return parameters(stage).get(name, given)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gives_every_parameter_that_is_asked_for_and_no_other(stage: str) -> None:
    given = parameters(stage).keys()

    assert given - MAIN.keys() == set()
    assert [name for name, each in MAIN.items() if each.default is None and name not in given] == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_keeps_within_the_bounds(stage: str) -> None:
    given = parameters(stage)

    assert [f for name, said in given.items() for f in faults(MAIN[name], said)] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("storageRedundancy", "Standard_XRS"),
        ("logRetentionDays", 7),
        ("maxInstances", 0),
        ("environmentName", "x"),
        ("budgetStart", "2026-12"),
    ],
)
def test_what_is_out_of_bounds_is_noticed(name: str, said: Any) -> None:
    assert faults(MAIN[name], said)


def faults(parameter: Declaration, said: Any) -> list[str]:
    if isinstance(said, str) and "${" in said:
        return []
    return [
        f"{parameter.name} is {said!r}, against @{rule}"
        for rule, argument in parameter.constraints
        if not kept(rule, constraint(argument), said)
    ]


def kept(rule: str, bounds: list[str], said: Any) -> bool:
    match rule:
        case "allowed":
            return str(said) in bounds
        case "minValue":
            return bool(said >= int(bounds[0]))
        case "maxValue":
            return bool(said <= int(bounds[0]))
        case "minLength":
            return len(said) >= int(bounds[0])
        case "maxLength":
            return len(said) <= int(bounds[0])
        case _:
            return True


@pytest.mark.parametrize("stage", STAGES)
def test_the_database_has_connections_for_all_instances(stage: str) -> None:
    """More instances than connections would fail at the worst time, under load."""
    pool = parameters(stage).get("settings", {}).get("DATABASE_POOL_MAX", "8")

    wanted = int(value(stage, "maxInstances")) * int(pool)
    assert wanted <= CONNECTIONS[value(stage, "databaseSku")]


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_changes_are_settings_that_are_not_secret(stage: str) -> None:
    plain = json.loads((INFRA / "app-settings.json").read_text())

    assert parameters(stage).get("settings", {}).keys() - plain.keys() == set()


@pytest.mark.parametrize("stage", STAGES)
def test_the_app_starts_with_the_settings_of_a_stage(stage: str) -> None:
    """As far as settings know: mail needs its addresses, shares are shares, names are right."""
    plain = json.loads((INFRA / "app-settings.json").read_text())
    secret = dict.fromkeys(parameters(stage).get("secretSettings", []), "given-by-the-vault-" * 3)
    there = parameters(stage).get("settings", {}) | secret

    assert Settings.from_env(
        {
            **plain,
            **{name: "ops@example.com" if "$" in said else said for name, said in there.items()},
            "DATABASE_URL": "postgresql://opus:5up3r@psql.example:5432/opus",
            "AzureWebJobsStorage__blobServiceUri": "https://st.example/",
        }
    )


@pytest.fixture
def azure(tmp_path: Path) -> Path:
    """A folder with an `az` that has no resource group yet."""
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho false\n")
    program.chmod(0o755)
    return program.parent


def written(
    azure: Path, tmp_path: Path, given: dict[str, str], *, stage: str
) -> subprocess.CompletedProcess[str]:
    infra = tmp_path / "infra-bicep"
    if not infra.exists():
        infra.mkdir()
        (infra / "hooks").symlink_to(INFRA / "hooks")
        for known in STAGES:
            name = f"{known}.parameters.json"
            (infra / name).write_bytes((INFRA / name).read_bytes())
    path = {"PATH": f"{azure}:/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(
        ["sh", str(infra / "hooks" / "parameters")],
        env={**path, **given, "OPUS_STAGE": stage},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )


def test_the_hook_fills_a_stage_for_its_owner_only(azure: Path, tmp_path: Path) -> None:
    result = written(azure, tmp_path, FROM_OUTSIDE, stage="production")

    assert result.stderr == ""
    filled = tmp_path / "infra-bicep" / "main.parameters.json"
    said = json.loads(filled.read_text())["parameters"]
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600
    assert said["alertEmails"]["value"] == ["ops@example.com"]
    assert len(said["databasePassword"]["value"]) == 48
    assert "${" not in filled.read_text()


@pytest.mark.parametrize("said", [{}, {"NIVODA_ENDPOINT": ""}], ids=["not set", "empty"])
def test_a_forgotten_variable_is_said_instead_of_resetting_what_was_there(
    said: dict[str, str], azure: Path, tmp_path: Path
) -> None:
    given = {name: value for name, value in FROM_OUTSIDE.items() if name != "NIVODA_ENDPOINT"}

    result = written(azure, tmp_path, given | said, stage="production")

    assert result.returncode == 1
    assert "NIVODA_ENDPOINT is not set" in result.stderr


def test_an_unknown_stage_is_refused(azure: Path, tmp_path: Path) -> None:
    result = written(azure, tmp_path, FROM_OUTSIDE, stage="prod")

    assert result.returncode == 1
    assert "there is no prod.parameters.json" in result.stderr
