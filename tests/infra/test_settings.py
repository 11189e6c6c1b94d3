"""Every setting that the code reads is set on Azure, shown and explained, and no other is."""

import json
import re

from pydantic import SecretStr

from local.workspace import REPOSITORY
from shared.platform.settings import AZURE_NAMES, Settings
from tests.test_manifest import EXPECTED

APP = (REPOSITORY / "infra-bicep" / "modules" / "app.bicep").read_text()
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()
DEPLOYMENT = (REPOSITORY / "docs" / "deployment.md").read_text()
PLAIN: dict[str, str] = json.loads((REPOSITORY / "infra-bicep" / "app-settings.json").read_text())
SECRET: list[str] = json.loads((REPOSITORY / "infra-bicep" / "secret-settings.json").read_text())
EXAMPLE: dict[str, str] = json.loads((REPOSITORY / "local.settings.json.example").read_text())[
    "Values"
]
DERIVED = set(
    re.findall(
        r"^  ([A-Za-z_]+): ", APP[APP.index("var byId") : APP.index("var durable =")], re.MULTILINE
    )
)
"""What the template works out itself: addresses, identities, the schedule."""
OF_THE_PLATFORM = {
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "Application Insights without a key",
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "where telemetry goes",
    "AZURE_CLIENT_ID": "which identity azure-identity takes",
    "AzureWebJobsStorage__credential": "the host's own storage",
    "AzureWebJobsStorage__queueServiceUri": "the host's own storage",
    "AzureWebJobsStorage__tableServiceUri": "the host's own storage",
    "DURABLE_TASK_SCHEDULER_CONNECTION_STRING": "read by the host, named in host.json",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "read by the Python worker",
    "PYTHON_THREADPOOL_THREAD_COUNT": "read by the Python worker",
    "ServiceBusConnection__credential": "the queue triggers",
}
OF_LOCAL_TOOLS = {
    "FUNCTIONS_WORKER_RUNTIME",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__type",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionName",
    "AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName",
}


def defaults() -> dict[str, object]:
    """Each setting of the code with its default, but those whose names are Azure's."""
    return {
        f"{group}_{name}".upper(): None if field.is_required() else field.default
        for group, model in Settings.model_fields.items()
        if group not in AZURE_NAMES and model.annotation is not None
        for name, field in model.annotation.model_fields.items()
    }


def secrets() -> set[str]:
    return {
        f"{group}_{name}".upper()
        for group, model in Settings.model_fields.items()
        if group not in AZURE_NAMES and model.annotation is not None
        for name, field in model.annotation.model_fields.items()
        if SecretStr.__name__ in str(field.annotation)
    }


def of_the_host() -> set[str]:
    """`%NAME%` in host.json and in triggers."""
    triggers = " ".join(EXPECTED.values())
    return set(re.findall(r"%(\w+)%", (REPOSITORY / "host.json").read_text() + triggers))


def told(default: object) -> str:
    return "" if default is None else str(default)


def test_every_setting_is_set_on_azure() -> None:
    plain = {name: told(said) for name, said in defaults().items() if name not in secrets()}
    missing = plain.keys() - PLAIN.keys() - DERIVED

    assert [f'add to infra-bicep/app-settings.json: "{n}": "{plain[n]}"' for n in missing] == []
    wrong = [n for n in PLAIN.keys() & plain.keys() if PLAIN[n] != plain[n]]
    assert [
        f'infra-bicep/app-settings.json: "{n}" is "{plain[n]}" in the code' for n in wrong
    ] == []
    assert [
        f'add "{name}" to infra-bicep/secret-settings.json' for name in secrets() - set(SECRET)
    ] == []
    assert of_the_host() - DERIVED == set()


def test_nothing_else_is_set_on_azure() -> None:
    read = defaults().keys() | of_the_host() | OF_THE_PLATFORM.keys()
    of_azure = {name for names in AZURE_NAMES.values() for name in names}

    assert sorted((PLAIN.keys() | DERIVED) - read - of_azure) == []
    assert sorted(set(SECRET) - secrets()) == []


def test_every_secret_has_its_place_in_the_vault_explained() -> None:
    names = [name.replace("_", "-") for name in SECRET]

    assert [
        f"add to the table of secrets in docs/deployment.md: | `{name}` | who makes it | needed |"
        for name in names
        if f"| `{name}` |" not in DEPLOYMENT
    ] == []


def test_every_setting_is_shown_in_the_example() -> None:
    known = {name: told(said) for name, said in defaults().items()}
    missing = sorted((known.keys() | of_the_host()) - EXAMPLE.keys())

    assert [
        f'add to Values in local.settings.json.example: "{name}": "{known.get(name, "")}"'
        for name in missing
    ] == []


def test_nothing_else_is_shown_in_the_example() -> None:
    of_azure = {name for names in AZURE_NAMES.values() for name in names}
    read = defaults().keys() | of_the_host() | of_azure | OF_LOCAL_TOOLS

    assert sorted(EXAMPLE.keys() - read) == []


def test_every_setting_is_explained_and_nothing_else() -> None:
    of_azure = {name for names in AZURE_NAMES.values() for name in names}
    explained = re.findall(r"^\| `(\w+)`(?: ●)? \|", OPERATIONS, re.MULTILINE)
    wanted = defaults().keys() | of_the_host() | of_azure | OF_THE_PLATFORM.keys()

    assert [
        f"add to the table in docs/operations.md: | `{name}` | {told(defaults().get(name))} | ... |"
        for name in sorted(wanted - set(explained))
    ] == []
    assert sorted(set(explained) - wanted) == []
    assert len(explained) == len(set(explained))
