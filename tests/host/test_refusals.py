"""A broken app is refused at start, with the function's name and the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.host import refusal

HEAD = """
import typing
import azure.functions as func
import azure.durable_functions as df
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
HOST: dict[str, Any] = {"version": "2.0"}


def write_app(folder: Path, code: str, host: dict[str, Any] | None = None) -> Path:
    folder.mkdir()
    (folder / "function_app.py").write_text(HEAD + code)
    (folder / "host.json").write_text(json.dumps(HOST if host is None else host))
    return folder


def activity(signature: str) -> str:
    return f"@app.activity_trigger('given')\ndef wrong({signature}): pass\n"


def http(signature: str, route: str = "x") -> str:
    return f"@app.route('{route}')\ndef wrong(req: func.HttpRequest{signature}: pass\n"


NO_TYPE = "parameter given has the invalid non-type annotation"
FUNCTIONS = {
    # The real worker refuses these while it indexes the app.
    "generic_list": (activity("given: list[int]"), NO_TYPE),
    "generic_dict": (activity("given: dict[str, int]"), NO_TYPE),
    "union": (activity("given: dict | None"), NO_TYPE),
    "optional": (activity("given: typing.Optional[dict]"), NO_TYPE),
    "misspelt_type": (
        activity("given: 'Nothing'"),
        "an annotation cannot be resolved: name 'Nothing' is not defined",
    ),
    "other_name": (activity("other"), "no parameter for the binding given"),
    "extra_parameter": (activity("given, extra=1"), "no binding for the parameter extra"),
    "no_context": (
        activity("given, context: int"),
        'the "context" parameter must be annotated azure.functions.Context',
    ),
    "orchestrator": (
        "@app.orchestration_trigger('ctx')\ndef wrong(ctx): yield\n",
        "no parameter for the binding ctx",
    ),
    "http_list": (http(") -> list"), "a http binding cannot return <class 'list'>"),
    "http_bytes": (http(") -> bytes"), "a http binding cannot return <class 'bytes'>"),
    "http_none": (http(") -> None"), "a http binding cannot return <class 'NoneType'>"),
    "http_optional": (
        http(") -> typing.Optional[str]"),
        "the return annotation typing.Optional[str] is not a type",
    ),
    "out_message": (
        "@app.service_bus_queue_output('o', connection='C', queue_name='q')\n"
        + http(", o: func.Out[func.ServiceBusMessage]) -> str"),
        "parameter o of a serviceBus binding cannot be",
    ),
    "out_plain": (
        "@app.service_bus_queue_output('o', connection='C', queue_name='q')\n"
        + http(", o: str) -> str"),
        "parameter o and its binding disagree whether it is azure.functions.Out",
    ),
    "topic": (
        "@app.service_bus_topic_output('o', connection='C', topic_name='t')\n"
        + http(", o: func.Out[str]) -> str"),
        "the local host has Service Bus queues, but no topics",
    ),
    "many": (
        (
            "@app.service_bus_queue_trigger("
            "'m', connection='C', queue_name='q', cardinality='many')\n"
            "def wrong(m: typing.List[func.ServiceBusMessage]): pass\n"
        ),
        "the local host hands over one message at a time (cardinality one)",
    ),
    "timer_request": (
        "@app.timer_trigger('t', '0 0 2 * * *')\ndef wrong(t: func.HttpRequest): pass\n",
        "parameter t of a timerTrigger binding cannot be",
    ),
    # The local host refuses what it does not have.
    "blob": (
        "@app.blob_trigger('b', path='x', connection='C')\ndef wrong(b: func.InputStream): pass\n",
        "the local host has no blobTrigger",
    ),
    "queue_output": (
        "@app.queue_output('q', queue_name='q', connection='C')\n"
        + http(", q: func.Out[str]) -> str"),
        "the local host has no OUT binding queue",
    ),
    "entity": (
        "@app.entity_trigger('context')\ndef wrong(context): pass\n",
        "the local host has no entityTrigger",
    ),
    "schedule_from_nowhere": (
        "@app.timer_trigger('t', '%NIGHTLY%')\ndef wrong(t): pass\n",
        "'%NIGHTLY%' names the app setting NIGHTLY, which is not set",
    ),
}
APPS = {
    "schedule": (
        "@app.timer_trigger('t', '61 0 2 * * *')\ndef wrong(t): pass\n",
        "function wrong: '61 0 2 * * *' is no NCRONTAB expression",
    ),
    "constraint": (
        http(") -> str", "{x:regex}"),
        "function wrong: no route constraint 'regex' here",
    ),
    "two apps": (
        "other = func.FunctionApp()\n",
        "function_app: expected one top level function app instance, found 2",
    ),
    "no app": (
        "del app\n",
        "function_app: expected one top level function app instance, found 0",
    ),
    "the same name twice": (
        activity("given") * 2,
        "Function wrong does not have a unique function name",
    ),
    "no trigger": (
        "@app.function_name('wrong')\ndef wrong(): pass\n",
        "Function wrong does not have a trigger",
    ),
    "import error": (
        "import nowhere\n",
        "function_app.py: ModuleNotFoundError: No module named 'nowhere'",
    ),
}


@pytest.fixture(scope="module")
def said_of_all(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the host says of one app with every broken function."""
    folder = tmp_path_factory.mktemp("refusals")
    code = "".join(
        code.replace("def wrong", f"def {name}") for name, (code, _) in FUNCTIONS.items()
    )
    return refusal(write_app(folder / "app", code), folder / "state")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_broken_function_is_refused_with_name_and_reason(said_of_all: str, name: str) -> None:
    assert f"error: function {name}: {FUNCTIONS[name][1]}" in said_of_all


@pytest.mark.parametrize("case", APPS)
def test_a_broken_app_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    code, reason = APPS[case]
    said = refusal(write_app(tmp_path / "app", code), tmp_path / "state")
    assert f"error: {reason}" in said


def test_an_import_error_names_the_place(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", "import helper\n")
    (app / "helper.py").write_text("\n\nraise RuntimeError('not configured')\n")
    said = refusal(app, tmp_path / "state")
    assert "error: function_app.py: RuntimeError: not configured" in said
    assert f"at {app / 'helper.py'}:3" in said


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ({}, 'host.json: "version" must be "2.0"'),
        (
            HOST | {"extensions": {"durableTask": {"hubName": "%HUB%"}}},
            "names the app setting HUB, which is not set",
        ),
        (
            HOST | {"extensions": {"durableTask": {"hubName": "no good"}}},
            "'no good' is no task hub name",
        ),
        (HOST | {"functionTimeout": "soon"}, "'soon' is no time span"),
    ],
)
def test_a_broken_host_json_is_refused(tmp_path: Path, host: dict[str, Any], reason: str) -> None:
    said = refusal(write_app(tmp_path / "app", "", host), tmp_path / "state")
    assert reason in said
