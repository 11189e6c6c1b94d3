"""host.json, app settings and keys, read once at start."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.host.errors import BrokenApp

DEFAULTS = {"AZURE_FUNCTIONS_ENVIRONMENT": "Development", "FUNCTIONS_WORKER_RUNTIME": "python"}
SETTING = re.compile(r"%([^%]+)%")
HONOURED = {
    "version",
    "functionTimeout",
    "extensions.http.routePrefix",
    "extensions.durableTask.hubName",
    "extensions.durableTask.defaultVersion",
    "extensions.durableTask.maxConcurrentActivityFunctions",
    "extensions.durableTask.maxConcurrentOrchestratorFunctions",
    "extensions.serviceBus.maxConcurrentCalls",
}


@dataclass(frozen=True)
class HostConfig:
    route_prefix: str
    hub_name: str
    default_version: str
    max_activities: int
    max_orchestrators: int
    max_messages: int
    function_timeout: float | None
    threads: int
    without_effect: tuple[str, ...]


@dataclass(frozen=True)
class Keys:
    master: str
    function: str
    system: str


def load_settings(app: Path, defaults: Mapping[str, str]) -> dict[str, str]:
    """Put local.settings.json under the environment, as the real tools do, and return both."""
    path = app / "local.settings.json"
    document = read_json(path) if path.exists() else {}
    if document.get("IsEncrypted"):
        raise BrokenApp("local.settings.json: encrypted settings are not supported")
    given = {name: str(value) for name, value in document.get("Values", {}).items()}
    environment = os.environ  # noqa: TID251 - the app reads its settings there
    for name, value in {**DEFAULTS, **defaults, **given}.items():
        environment.setdefault(name, value)
    return dict(environment)


def load_config(app: Path, settings: Mapping[str, str]) -> HostConfig:
    document = read_json(app / "host.json")
    if document.get("version") != "2.0":
        raise BrokenApp('host.json: "version" must be "2.0"')
    extensions = document.get("extensions", {})
    durable = extensions.get("durableTask", {})
    activities, orchestrators = (
        int(durable.get(f"maxConcurrent{what}Functions", 10 * (os.cpu_count() or 1)))
        for what in ("Activity", "Orchestrator")
    )
    threads = settings.get("PYTHON_THREADPOOL_THREAD_COUNT")
    return HostConfig(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        hub_name=hub_name(durable.get("hubName", "LocalHub"), settings),
        default_version=durable.get("defaultVersion", ""),
        max_activities=activities,
        max_orchestrators=orchestrators,
        max_messages=int(extensions.get("serviceBus", {}).get("maxConcurrentCalls", 16)),
        function_timeout=time_span(document.get("functionTimeout", "00:30:00")),
        threads=int(threads) if threads else activities + orchestrators + 8,
        without_effect=tuple(sorted(leaves(document) - HONOURED)),
    )


def load_keys(state: Path) -> Keys:
    """Read the keys, or make them at the first start; only the owner may look."""
    path = state / "keys.json"
    known = read_json(path) if path.exists() else {}
    keys = Keys(
        **{name: known.get(name) or secrets.token_urlsafe(32) for name in Keys.__annotations__}
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(known | vars(keys), file)
    return keys


def resolve(text: str, settings: Mapping[str, str]) -> str:
    """Replace %NAME% by the app setting of that name."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in settings:
            raise BrokenApp(f"{text!r} names the app setting {match[1]}, which is not set")
        return settings[match[1]]

    return SETTING.sub(value, text)


def hub_name(text: str, settings: Mapping[str, str]) -> str:
    name = resolve(text, settings)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", name):
        raise BrokenApp(f"host.json: {name!r} is no task hub name (3 to 45 letters and digits)")
    return name


def time_span(text: str) -> float | None:
    """Read a .NET TimeSpan in seconds; -1 means unlimited."""
    if text.startswith("-"):
        return None
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)", text)
    if not match:
        raise BrokenApp(f"{text!r} is no time span (hh:mm:ss)")
    days, hours, minutes, seconds = match.groups()
    parts = {"days": days or 0, "hours": hours, "minutes": minutes, "seconds": seconds}
    return timedelta(**{unit: float(part) for unit, part in parts.items()}).total_seconds()


def is_disabled(function: str, settings: Mapping[str, str]) -> bool:
    """Look for the switch under its documented name and its name where dots are not allowed."""
    names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
    return any(settings.get(name, "").casefold() in ("1", "true") for name in names)


def leaves(document: Any, path: str = "") -> set[str]:
    if not isinstance(document, dict):
        return {path}
    below = (leaves(value, f"{path}.{key}" if path else key) for key, value in document.items())
    return set().union(*below)


def read_json(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BrokenApp(f"{path.name} is missing in {path.parent}") from error
    except ValueError as error:
        raise BrokenApp(f"{path.name}: {error}") from error
    return document
