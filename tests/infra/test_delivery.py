"""azd, GitHub and containers are told what is so; nothing here needs any of them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from local.workspace import REPOSITORY
from shared.platform.settings import Settings

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
SCHEMAS = REPOSITORY / "tests" / "infra" / "schemas"
AZD: dict[str, Any] = yaml.safe_load((REPOSITORY / "azure.yaml").read_text())
HOST: dict[str, Any] = json.loads((REPOSITORY / "host.json").read_text())
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
ROOMS = {"activities", "http_api", "orchestrators", "shared", "sql", "triggers"}


def faults(document: Any, schema: str) -> list[str]:
    rules = json.loads((SCHEMAS / schema).read_text())
    return [error.message for error in jsonschema.Draft202012Validator(rules).iter_errors(document)]


def builtin(schema: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    return subprocess.run(
        [program, "--builtin-schema", f"vendor.{schema}", *paths],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_azure_yaml_and_host_json_fit_their_schemas() -> None:
    assert faults(AZD, "azure.yaml.json") == []
    assert faults(HOST, "host.json") == []


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ("azure.yaml.json", AZD | {"service": {}}),
        ("azure.yaml.json", AZD | {"hooks": {"predeplyo": {"shell": "sh", "run": "x"}}}),
        ("azure.yaml.json", AZD | {"services": {"api": {"project": ".", "host": "funktion"}}}),
        ("host.json", HOST | {"extentions": {}}),
        ("host.json", HOST | {"functionTimeout": "10"}),
        ("host.json", HOST | {"extensions": {"durableTask": {"hubName": "x", "mode": 1}}}),
    ],
)
def test_a_planted_fault_does_not_fit(schema: str, document: Any) -> None:
    assert faults(document, schema)


def test_workflows_compose_and_dependabot_fit_their_schemas(tmp_path: Path) -> None:
    for schema, paths in (
        ("github-workflows", WORKFLOWS),
        ("compose-spec", [REPOSITORY / "compose.yaml"]),
        ("dependabot", [GITHUB / "dependabot.yml"]),
    ):
        result = builtin(schema, *paths)
        assert result.returncode == 0, result.stdout

    wrong = tmp_path / "wrong.yml"
    wrong.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:"))
    assert builtin("github-workflows", wrong).returncode == 1


def test_what_azd_runs_and_deploys_is_there() -> None:
    programs = [hook["run"].split()[0] for hook in AZD["hooks"].values()]
    tags = "".join(path.read_text() for path in (REPOSITORY / "infra-bicep").rglob("*.bicep"))

    assert [name for name in programs if not os.access(REPOSITORY / name, os.X_OK)] == []
    assert (REPOSITORY / AZD["infra"]["path"] / f"{AZD['infra']['module']}.bicep").exists()
    assert "'azd-service-name': 'api'" in tags
    for service in AZD["services"].values():
        assert (REPOSITORY / service["project"]).is_dir()


def test_every_web_app_is_a_service() -> None:
    """A web app that is built but not listed would never be deployed."""
    built = {path.parent.name for path in REPOSITORY.glob("web/*/index.html")}
    listed = {name for name, each in AZD["services"].items() if each["host"] == "staticwebapp"}

    assert built == listed, (
        "add to services in azure.yaml: NAME: {project: web/NAME, language: js, host: staticwebapp,"
        " dist: dist}"
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_little_and_says_for_how_long(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"]["contents"] == "read"
    for name, job in workflow["jobs"].items():
        assert "uses" in job or job["timeout-minutes"] <= 60, name
    assert "secrets." not in path.read_text(), "GitHub holds no secret: Azure is asked by identity"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_there(path: Path) -> None:
    text = path.read_text()
    ours = re.findall(
        r"(?:run: |\| *|>>|python3 |^ +)((?:\.ci|infra-bicep/hooks)/[\w.-]+)", text, re.MULTILINE
    )
    called = re.findall(r"uses: \./(\S+)", text)

    assert [name for name in [*ours, *called] if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_text_of_strangers_never_becomes_a_command(path: Path) -> None:
    """Titles, branches and inputs reach a shell through its environment only."""
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for step in job.get("steps", []):
            said = re.findall(r"\$\{\{\s*([\w.-]+)", step.get("run", ""))
            assert [name for name in said if not name.startswith(("vars.", "github.sha"))] == []


def test_the_python_that_runs_is_the_python_that_is_tested() -> None:
    main = (REPOSITORY / "infra-bicep" / "main.bicep").read_text()
    (deployed,) = re.findall(r"param pythonVersion string = '([\d.]+)'", main)
    ci = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())

    assert deployed in ci["jobs"]["test"]["strategy"]["matrix"]["python"]
    for name in ("staging.yml", "deploy.yml"):
        assert set(
            re.findall(r'python-version: "([\d.]+)"', (GITHUB / "workflows" / name).read_text())
        ) == {deployed}
    assert set(re.findall(r"python(?:4-python|:)?([\d.]+\d)(?=-slim|\s)", DOCKERFILE)) == {deployed}
    assert f"python:4-python{deployed} AS app" in DOCKERFILE


def test_the_package_and_the_image_hold_what_the_app_imports() -> None:
    (archived,) = re.findall(
        r"git archive HEAD (.*?) \|", (REPOSITORY / ".ci/package").read_text(), re.DOTALL
    )
    app = DOCKERFILE[DOCKERFILE.index("AS app") :]
    copied = set(re.findall(r"COPY (\w+) \./", app))
    imported = {
        name
        for name in re.findall(
            r"^from (\w+)", (REPOSITORY / "function_app.py").read_text(), re.MULTILINE
        )
        if (REPOSITORY / name).is_dir()
    } | {"shared", "activities"}

    assert imported <= ROOMS
    assert set(archived.replace("\\\n", " ").split()) >= ROOMS | {"host.json", "function_app.py"}
    assert copied == ROOMS


def test_images_are_named_with_versions_and_nobody_is_root() -> None:
    stages = re.findall(r"^FROM (\S+) AS (\w+)", DOCKERFILE, re.MULTILINE)
    final = DOCKERFILE[DOCKERFILE.index("AS app") :]

    assert all(":" in image and not image.endswith(":latest") for image, _ in stages)
    assert re.findall(r"^USER (\w+)", final, re.MULTILINE) == ["opus"]
    assert "--require-hashes" in DOCKERFILE
    assert "HEALTHCHECK" in final
    assert not re.search(r"^ADD |^RUN .*(sudo|curl .*\|)", DOCKERFILE, re.MULTILINE)


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text().splitlines()
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for name in line.split()
    }

    assert "*" in ignored
    assert [name for name in copied if f"!{name}" not in ignored] == []


def test_the_app_starts_with_what_compose_gives_it() -> None:
    app = COMPOSE["services"]["app"]
    queues = json.loads((REPOSITORY / "container" / "service-bus.json").read_text())
    (namespace,) = queues["UserConfig"]["Namespaces"]

    assert Settings.from_env(app["environment"])
    assert {queue["Name"] for queue in namespace["Queues"]} == {
        "work-items",
        "work-done",
        "consolidate",
    }
    assert app["environment"]["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]


def test_compose_opens_ports_to_this_machine_only() -> None:
    ports = [port for each in COMPOSE["services"].values() for port in each.get("ports", [])]

    assert all(port.startswith("127.0.0.1:") for port in ports)
