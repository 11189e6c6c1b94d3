"""Load an app and list its functions, or say what is wrong with it."""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from azure.functions import FunctionRegister

from local.host.config import is_disabled, resolve
from local.host.errors import BrokenApp
from local.host.signature import Binding, Converter, Mismatch, check, wants_context

TRIGGERS = {
    "httpTrigger",
    "timerTrigger",
    "serviceBusTrigger",
    "orchestrationTrigger",
    "activityTrigger",
}
OTHER_BINDINGS = {("http", "OUT"), ("durableClient", "IN"), ("serviceBus", "OUT")}
RESOLVED = ("schedule", "queueName", "route")


@dataclass(frozen=True)
class Function:
    """One function of the app with what the host must know to call it."""

    name: str
    call: Callable[..., Any]
    trigger: Binding
    bindings: tuple[Binding, ...]
    converters: Mapping[str, Converter]
    wants_context: bool
    directory: str

    durable_names: ClassVar = {
        "orchestrationTrigger": "orchestration",
        "activityTrigger": "activity",
    }

    @property
    def type(self) -> str:
        return str(self.trigger["type"])

    @property
    def durable_name(self) -> str:
        """What orchestrators call it: the trigger may rename it."""
        name: str = self.trigger.get(self.durable_names[self.type]) or self.name
        return name

    def bound(self, binding_type: str) -> Iterator[Binding]:
        return (binding for binding in self.bindings if binding["type"] == binding_type)


def load(app: Path, settings: Mapping[str, str]) -> list[Function]:
    """Import the app and check every function; all that is wrong is reported together."""
    os.chdir(app)
    sys.path.insert(0, str(app))
    register = find_register(import_app(settings.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")))
    try:
        indexed = register.get_functions()  # may be called once per app
    except (ValueError, KeyError) as error:
        raise BrokenApp(str(error)) from error
    functions, faults = [], []
    for item in indexed:
        name = item.get_function_name()
        try:
            functions.append(describe(item, name, app, settings))
        except (Mismatch, BrokenApp) as error:
            faults.append(f"function {name}: {error}")
    if faults:
        raise BrokenApp(*faults)
    return [f for f in functions if not is_disabled(f.name, settings)]


def import_app(script: str) -> ModuleType:
    try:
        return importlib.import_module(Path(script).stem)
    except Exception as error:  # whatever the app's own code raises while it is imported
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"  at {f.filename}:{f.lineno}" for f in frames if "importlib" not in f.filename]
        raise BrokenApp(f"{script}: {type(error).__name__}: {error}", *where[1:]) from error


def find_register(module: ModuleType) -> Any:
    found = [v for v in vars(module).values() if isinstance(v, FunctionRegister)]
    if len(found) != 1:
        raise BrokenApp(
            f"{module.__name__}: expected one top level function app instance, found {len(found)}"
        )
    return found[0]


def describe(item: Any, name: str, app: Path, settings: Mapping[str, str]) -> Function:
    bindings = [resolved(json.loads(raw), settings) for raw in item.get_raw_bindings()]
    trigger = next(b for b in bindings if b["type"].endswith("Trigger"))
    check_support(bindings, trigger)
    check_connections(bindings, settings)
    call = item.get_user_function()
    return Function(
        name=name,
        call=call,
        trigger=trigger,
        bindings=tuple(bindings),
        converters=check(call, bindings),
        wants_context=wants_context(call, bindings),
        directory=str(app),
    )


def resolved(binding: Binding, settings: Mapping[str, str]) -> Binding:
    return binding | {key: resolve(binding[key], settings) for key in RESOLVED if key in binding}


def check_support(bindings: list[Binding], trigger: Binding) -> None:
    for binding in bindings:
        kind = (binding["type"], binding["direction"])
        if binding is trigger and binding["type"] not in TRIGGERS:
            raise Mismatch(f"the local host has no {binding['type']}")
        if binding is not trigger and kind not in OTHER_BINDINGS:
            raise Mismatch(f"the local host has no {kind[1]} binding {kind[0]}")
    if trigger.get("cardinality", "ONE") != "ONE":
        raise Mismatch("the local host hands over one message at a time (cardinality one)")
    if trigger.get("isSessionsEnabled"):
        raise Mismatch("the local host has no Service Bus sessions")


def check_connections(bindings: list[Binding], settings: Mapping[str, str]) -> None:
    for binding in bindings:
        connection = binding.get("connection", "")
        if "topicName" in binding:
            raise Mismatch("the local host has Service Bus queues, but no topics")
        if f"{connection}__fullyQualifiedNamespace" in settings and connection not in settings:
            raise Mismatch(f"{connection} must be a connection string on the local host")
