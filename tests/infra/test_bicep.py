"""The templates are sound as far as Azure's own compiler is not needed to see it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from local.workspace import REPOSITORY
from tests.infra.rules import findings
from tests.infra.source import sources

INFRA = REPOSITORY / "infra-bicep"
ROLES = {
    # https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
    "durableTaskDataContributor": "0ad04412-c4d5-4796-b79c-f76d14c8d402",
    "keyVaultSecretsOfficer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "keyVaultSecretsUser": "4633458b-17de-408a-b874-0445c86b69e6",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "serviceBusDataReceiver": "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    "serviceBusDataSender": "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39",
    "storageBlobDataContributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageQueueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "websiteContributor": "de139f84-1756-47ae-9be6-808fbbe84772",
}
FAULTS = [
    ("modules/bus.bicep", "disableLocalAuth: true\n", "disableLocalAuth: true {\n", "not Bicep"),
    ("modules/vault.bicep", "scope: vault\n", "scope: volt\n", "volt is not declared"),
    ("modules/vault.bicep", "guid(vault.id", "guuid(vault.id", "guuid() is not a function"),
    (
        "modules/web.bicep",
        "param sites array",
        "param sites array\nparam more string",
        "is not used",
    ),
    ("modules/bus.bicep", "var workDone", "var other = 1\nvar workDone", "other is not used"),
    ("main.bicep", "'modules/web.bicep'", "'modules/Web.bicep'", "there is no module"),
    ("main.bicep", "sku: webSku", "sky: webSku", "has no parameter sky"),
    ("main.bicep", "sku: webSku\n", "\n", "needs the parameter sku"),
    ("main.bicep", "bus.outputs.host", "bus.outputs.hots", "has no output hots"),
    ("modules/app.bicep", "../app-settings", "../settings", "there is no file"),
    ("modules/bus.bicep", "  tags: tags\n", "", "has no tags"),
    (
        "modules/bus.bicep",
        "roles.serviceBusDataSender",
        "roles.serviceBusOwner",
        "there is no role",
    ),
    (
        "modules/bus.bicep",
        "roles.serviceBusDataSender)",
        "'090c5cfd-751d-490a-894a-3ce6f1109419')",
        "belongs into roles.json",
    ),
    (
        "modules/storage.bicep",
        "output id string = account.id",
        "output id string = account.listKeys().keys[0].value",
        "hands out a key",
    ),
    ("modules/database.bicep", "@secure()\n", "", "is not marked @secure()"),
    (
        "modules/database.bicep",
        "output id string = server.id",
        "output id string = password",
        "tells a secret",
    ),
    ("modules/budget.bicep", "@minValue(1)\n", "", "has no bounds"),
    ("modules/bus.bicep", "lockDuration:", "lockDurations:", "Azure knows no queues.properties"),
    ("modules/storage.bicep", "accessTier: 'Hot'", "accessTier: 'Warm'", "cannot be 'Warm'"),
    ("modules/database.bicep", "startIpAddress: '0.0.0.0'", "", "Azure needs fromAzure.properties"),
    ("modules/web.bicep", "staticSites@2024-11-01", "staticSites@2019-01-01", "not in arm_types"),
]


def test_nothing_is_found_in_the_templates() -> None:
    assert findings(INFRA) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"), FAULTS, ids=[str(fault[-1]) for fault in FAULTS]
)
def test_a_planted_fault_is_found(
    name: str, right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    infra = tmp_path / "infra-bicep"
    shutil.copytree(INFRA, infra)
    text = (infra / name).read_text()
    assert right in text
    (infra / name).write_text(text.replace(right, wrong, 1))

    assert [finding for finding in findings(infra) if said in finding]


def test_only_these_roles_are_given() -> None:
    assert json.loads((INFRA / "roles.json").read_text()) == ROLES


def test_every_role_in_the_list_is_given_somewhere() -> None:
    text = "".join(source.path.read_text() for source in sources(INFRA))

    assert [name for name in ROLES if f"roles.{name}" not in text] == []


def test_the_subset_of_bicep_has_no_parameter_files_of_its_own() -> None:
    """Neither parser reads .bicepparam: parameters are JSON."""
    assert list(INFRA.rglob("*.bicepparam")) == []


def test_every_module_is_used() -> None:
    main = (INFRA / "main.bicep").read_text()
    modules = {path.name for path in (INFRA / "modules").glob("*.bicep")}

    assert modules == set(re.findall(r"'modules/([\w-]+\.bicep)'", main))


def test_every_exception_to_checkov_has_a_reason() -> None:
    text = "".join(source.path.read_text() for source in sources(INFRA))
    skipped = re.findall(r"checkov:skip=(\w+):?(.*)", text)

    assert skipped
    assert [check for check, reason in skipped if len(reason) < 12] == []
