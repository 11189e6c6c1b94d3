"""The app sees its settings, and the host honours its own."""

import json
from pathlib import Path

import pytest

from local.host.config import HONOURED, leaves, load_config, time_span
from local.host.errors import BrokenApp
from tests.support.host import REPOSITORY, running

APP = """
import os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route("setting/{name}")
def setting(req: func.HttpRequest) -> str:
    return os.environ.get(req.route_params["name"], "")
"""


def test_local_settings_are_under_the_environment(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "function_app.py").write_text(APP)
    (app / "host.json").write_text(
        json.dumps({"version": "2.0", "extensions": {"http": {"routePrefix": ""}}})
    )
    values = {"FROM_FILE": "file", "FROM_BOTH": "file"}
    (app / "local.settings.json").write_text(json.dumps({"Values": values}))

    with running(app, tmp_path / "state", {"FROM_BOTH": "environment"}) as host:
        names = ("FROM_FILE", "FROM_BOTH", "FUNCTIONS_WORKER_RUNTIME", "WEBSITE_HOSTNAME")
        seen = [host.client.get(f"/setting/{name}").text for name in names]

    assert seen == ["file", "environment", "python", host.url.removeprefix("http://")]


def write_host_json(folder: Path, **document: object) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **document}))
    return folder


def test_limits_and_threads_come_from_host_json(tmp_path: Path) -> None:
    durable = {"maxConcurrentActivityFunctions": 3, "maxConcurrentOrchestratorFunctions": 2}
    app = write_host_json(tmp_path, functionTimeout="00:01:30", extensions={"durableTask": durable})

    config = load_config(app, {})
    assert (config.max_activities, config.max_orchestrators, config.threads) == (3, 2, 13)
    assert (config.function_timeout, config.route_prefix) == (90, "api")
    assert load_config(app, {"PYTHON_THREADPOOL_THREAD_COUNT": "5"}).threads == 5


def test_what_has_no_effect_here_is_listed(tmp_path: Path) -> None:
    app = write_host_json(tmp_path, healthMonitor={"enabled": True})
    assert load_config(app, {}).without_effect == ("healthMonitor.enabled",)


def test_our_own_host_json_is_honoured_where_it_matters() -> None:
    ours = leaves(json.loads((REPOSITORY / "host.json").read_text()))
    assert ours >= {name for name in HONOURED if "durableTask" in name} - {"extensions"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:01", 1), ("01:02:03", 3723), ("1.00:00:00", 86400), ("00:00:00.5", 0.5), ("-1", None)],
)
def test_time_spans(text: str, seconds: float | None) -> None:
    assert time_span(text) == seconds


def test_what_is_no_time_span() -> None:
    with pytest.raises(BrokenApp):
        time_span("ten minutes")
