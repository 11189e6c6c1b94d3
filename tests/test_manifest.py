"""The exact list of functions, triggers and routes that the app registers."""

from typing import Any

import function_app

EXPECTED = {
    "get_health": "GET health",
    "search_diamonds": "GET v2/diamonds",
    "get_diamond": "GET v2/diamonds/{diamond_id}",
    "start_run": "POST v2/runs",
    "list_runs": "GET v2/runs",
    "get_run": "GET v2/runs/{run_id}",
    "retry_run": "POST v2/runs/{run_id}/retry",
    "force_run": "POST v2/runs/{run_id}/consolidate",
    "decide_sweep": "POST v2/runs/{run_id}/sweep",
    "start_scan": "POST v2/heatmap/scans",
    "list_scans": "GET v2/heatmap/scans",
    "get_scan": "GET v2/heatmap/scans/{scan_id}",
    "list_quarantine": "GET v2/quarantine",
    "cancel_run": "POST v2/runs/{run_id}/cancel",
    "demo_feed_count": "GET demo-feed/diamonds/count",
    "demo_feed_page": "GET demo-feed/diamonds",
    "demo_feed_stone": "GET demo-feed/diamonds/{stone_id}",
    "demo_feed_picture": "GET demo-feed/pictures/{shape}.svg",
    "demo_feed_seed": "POST demo-feed/seed (function)",
    "demo_feed_changes": "POST demo-feed/changes (function)",
    "demo_feed_knobs": "GET demo-feed/knobs (function)",
    "demo_feed_set_knobs": "POST demo-feed/knobs (function)",
    "demo_feed_reset_knobs": "DELETE demo-feed/knobs (function)",
    "nivoda_graphql": "POST internal/nivoda/graphql",
    "start_nightly_ingest": "%NIGHTLY_SCHEDULE%",
    "watch_runs": "*/30 * * * * *",
    "ingest_run": "orchestrationTrigger",
    "ingest_partition": "orchestrationTrigger",
    "consolidate_feed": "orchestrationTrigger",
    "scan_feed": "orchestrationTrigger",
    "plan_run": "activityTrigger",
    "ingest_pages": "activityTrigger",
    "restage_feed": "activityTrigger",
    "scan_axis": "activityTrigger",
    "fail_partition": "activityTrigger",
    "assess_run": "activityTrigger",
    "consolidate": "activityTrigger",
    "close_run": "activityTrigger",
    "publish_watermark": "activityTrigger",
}


def described(function: Any) -> str:
    """The trigger, and for HTTP who may call it without a key of ours."""
    trigger = function.get_trigger().get_dict_repr()
    match trigger["type"]:
        case "httpTrigger":
            methods = " ".join(str(method) for method in trigger["methods"])
            key = (
                ""
                if trigger["authLevel"].value == "anonymous"
                else f" ({trigger['authLevel'].value})"
            )
            return f"{methods} {trigger['route']}{key}"
        case "timerTrigger":
            return str(trigger["schedule"])
        case other:
            return str(other)


def test_the_app_registers_exactly_these_functions() -> None:
    registered = {
        str(function.get_function_name()): described(function)
        for function in function_app.app.get_functions()
    }

    assert registered == EXPECTED
