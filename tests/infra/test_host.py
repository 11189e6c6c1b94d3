"""host.json says what the templates set up, and what the scale controller reads."""

import json
import re
from typing import Any

import pytest

from local.workspace import REPOSITORY
from shared.ingestion import messages

HOST: dict[str, Any] = json.loads((REPOSITORY / "host.json").read_text())
DURABLE = HOST["extensions"]["durableTask"]
INFRA = REPOSITORY / "infra-bicep"


def test_durable_keeps_its_state_where_the_templates_put_it() -> None:
    """The scale controller reads host.json itself, so settings cannot change this on Azure."""
    provider = DURABLE["storageProvider"]
    app = (INFRA / "modules" / "app.bicep").read_text()
    (backend,) = re.findall(
        r"param durableBackend string = '(\w+)'", (INFRA / "main.bicep").read_text()
    )

    assert (backend, provider["type"]) == ("scheduler", "azureManaged")
    assert f"  {provider['connectionStringName']}: " in app


@pytest.mark.parametrize("stage", ["staging", "production"])
def test_no_stage_says_otherwise(stage: str) -> None:
    document = json.loads((INFRA / f"{stage}.parameters.json").read_text())

    assert "durableBackend" not in document["parameters"]


def test_the_bundle_has_the_scheduler_and_versioning() -> None:
    assert HOST["extensionBundle"]["version"] == "[4.30.0, 5.0.0)"


def test_the_queues_are_those_the_app_uses() -> None:

    bus = (INFRA / "modules" / "bus.bicep").read_text()
    made = set(re.findall(r"^var \w+ = '([\w-]+)'$", bus, re.MULTILINE))
    assert made == {messages.WORK_ITEMS, messages.WORK_DONE, messages.CONSOLIDATE}


def test_a_thread_waits_for_every_activity_and_message() -> None:
    (threads,) = re.findall(
        r"PYTHON_THREADPOOL_THREAD_COUNT: '(\d+)'", (INFRA / "modules" / "app.bicep").read_text()
    )
    at_once = (
        DURABLE["maxConcurrentActivityFunctions"],
        DURABLE["maxConcurrentOrchestratorFunctions"],
        HOST["extensions"]["serviceBus"]["maxConcurrentCalls"],
    )
    assert max(at_once) <= int(threads)


def test_telemetry_takes_one_way_out() -> None:
    """The host speaks OpenTelemetry and the worker sets up its exporter; the app does neither."""
    app = (INFRA / "modules" / "app.bicep").read_text()

    assert HOST["telemetryMode"] == "OpenTelemetry"
    assert "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'" in app
    assert "azure-monitor-opentelemetry==" in (REPOSITORY / "requirements.txt").read_text()
    code = (REPOSITORY / "shared").rglob("*.py")
    assert not [file for file in code if "configure_azure_monitor" in file.read_text()]
