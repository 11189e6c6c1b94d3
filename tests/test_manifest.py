"""The exact list of functions, triggers and routes that the app registers."""

import json
from typing import Any

import pytest

import function_app

EXPECTED = {
    "get_health": "GET health",
    "search_diamonds": "GET v2/diamonds",
    "get_diamond": "GET v2/diamonds/{diamond_id}",
    "start_run": "POST v2/runs",
    "list_runs": "GET v2/runs",
    "get_run": "GET v2/runs/{run_id}",
    "retry_run": "POST v2/runs/{run_id}/retry",
    "cancel_run": "POST v2/runs/{run_id}/cancel",
    "start_nightly_ingest": "%NIGHTLY_SCHEDULE%",
    "watch_runs": "*/30 * * * * *",
    "ingest_run": "orchestrationTrigger",
    "ingest_partition": "orchestrationTrigger",
    "consolidate_feed": "orchestrationTrigger",
    "plan_run": "activityTrigger",
    "ingest_pages": "activityTrigger",
    "fail_partition": "activityTrigger",
    "assess_run": "activityTrigger",
    "consolidate": "activityTrigger",
    "close_run": "activityTrigger",
    "publish_watermark": "activityTrigger",
}


@pytest.fixture(scope="module")
def registered() -> dict[str, dict[str, Any]]:
    """Every function's trigger; an app can be asked only once."""
    return {
        function.get_function_name(): json.loads(str(function.get_trigger()))
        for function in function_app.app.get_functions()
    }


def described(trigger: dict[str, Any]) -> str:
    match trigger["type"]:
        case "httpTrigger":
            return f"{' '.join(trigger['methods'])} {trigger['route']}"
        case "timerTrigger":
            return str(trigger["schedule"])
        case other:
            return str(other)


def test_the_app_registers_exactly_these_functions(registered: dict[str, dict[str, Any]]) -> None:
    assert {name: described(trigger) for name, trigger in registered.items()} == EXPECTED
