"""The exact list of functions, triggers and routes that the app registers."""

from typing import Any

import function_app

EXPECTED = {
    "get_health": "GET health",
    "preflight": "OPTIONS v2/{*path}",
    "list_error_codes": "GET v2/errors",
    "get_error_code": "GET v2/errors/{code}",
    "get_metrics": "GET metrics (function)",
    "get_openapi": "GET v2/openapi.json",
    "read_docs": "GET docs",
    "get_docs_file": "GET docs/{file}",
    "search_diamonds": "GET v2/diamonds",
    "count_facets": "GET v2/diamonds/facets",
    "get_diamond": "GET v2/diamonds/{diamond_id}",
    "get_related_diamonds": "GET v2/diamonds/{diamond_id}/related",
    "list_similar_diamonds": "GET v2/diamonds/{diamond_id}/similar",
    "list_matching_diamonds": "GET v2/diamonds/{diamond_id}/pairs",
    "get_price_history": "GET v2/diamonds/{diamond_id}/price-history",
    "get_deal_score": "GET v2/diamonds/{diamond_id}/deal-score",
    "list_budget_frontier": "GET v2/diamonds/{diamond_id}/frontier",
    "compare_diamonds": "GET v2/diamonds/compare",
    "get_certified_diamonds": "GET v2/certificates/{lab}/{number}",
    "get_picture": "GET v2/pictures/{shape}.svg",
    "get_market_index": "GET v2/market-index",
    "get_market_history": "GET v2/market-index/history",
    "take_market_index": "40 */10 * * * *",
    "list_changes": "GET v2/changes",
    "get_catalogue_page": "GET v2/catalogue",
    "request_export": "POST v2/exports",
    "list_exports": "GET v2/exports",
    "get_export": "GET v2/exports/{export_id}",
    "get_export_part": "GET v2/exports/{export_id}/parts/{number}",
    "write_exports": "*/15 * * * * *",
    "forget_old_copies": "0 25 * * * *",
    "list_exchange_rates": "GET v2/exchange-rates",
    "refresh_exchange_rates": "20 * * * * *",
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
    "list_notifications": "GET v2/notifications",
    "list_errors": "GET v2/error-logs",
    "list_dead_letters": "GET v2/dead-letters",
    "requeue_dead_letters": "POST v2/dead-letters/requeue",
    "demo_feed_count": "GET demo-feed/diamonds/count",
    "demo_feed_page": "GET demo-feed/diamonds",
    "demo_feed_stone": "GET demo-feed/diamonds/{stone_id}",
    "demo_feed_picture": "GET demo-feed/pictures/{shape}.svg",
    "demo_feed_seed": "POST demo-feed/seed (function)",
    "demo_feed_changes": "POST demo-feed/changes (function)",
    "demo_feed_knobs": "GET demo-feed/knobs (function)",
    "demo_feed_set_knobs": "POST demo-feed/knobs (function)",
    "demo_feed_reset_knobs": "DELETE demo-feed/knobs (function)",
    "demo_feed_offer": "GET demo-feed/offers/{stone_id}",
    "demo_feed_hold": "POST demo-feed/holds",
    "demo_feed_release": "DELETE demo-feed/holds/{hold_id}",
    "demo_feed_order": "POST demo-feed/orders",
    "nivoda_graphql": "POST internal/nivoda/graphql",
    "start_nightly_ingest": "%NIGHTLY_SCHEDULE%",
    "watch_runs": "*/30 * * * * *",
    "record_facts": "0 */5 * * * *",
    "relay_notifications": "*/30 * * * * *",
    "forget_expired": "0 7 * * * *",
    "on_work_item": "queue work-items",
    "on_consolidate": "queue consolidate",
    "on_dead_work_item": "queue work-items/$deadletterqueue",
    "on_dead_consolidate": "queue consolidate/$deadletterqueue",
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
    "explain_price": "GET v2/diamonds/{diamond_id}/price-explanation",
    "list_price_changes": "GET v2/diamonds/{diamond_id}/price-changes",
    "get_run_price_changes": "GET v2/runs/{run_id}/price-changes",
    "set_price_override": "PUT v2/diamonds/{diamond_id}/price-override",
    "end_price_override": "DELETE v2/diamonds/{diamond_id}/price-override",
    "list_price_reviews": "GET v2/pricing-rules/reviews",
    "decide_price_review": "POST v2/pricing-rules/reviews/{diamond_id}",
    "imagine_price": "POST v2/pricing-rules/what-if",
    "list_rule_economics": "GET v2/pricing-rules/economics",
    "list_pricing_rules": "GET v2/pricing-rules",
    "create_pricing_rule": "POST v2/pricing-rules",
    "update_pricing_rule": "PUT v2/pricing-rules/{rule_id}",
    "delete_pricing_rule": "DELETE v2/pricing-rules/{rule_id}",
    "list_pricing_rule_audit": "GET v2/pricing-rules/audit",
    "list_pricing_rule_sets": "GET v2/pricing-rules/sets",
    "create_pricing_rule_set": "POST v2/pricing-rules/sets",
    "export_pricing_rule_set": "GET v2/pricing-rules/sets/{version}/export",
    "lint_pricing_rule_set": "GET v2/pricing-rules/sets/{version}/lint",
    "preview_pricing_rule_set": "POST v2/pricing-rules/sets/{version}/preview",
    "activate_pricing_rule_set": "POST v2/pricing-rules/sets/{version}/activate",
    "discard_pricing_rule_set": "DELETE v2/pricing-rules/sets/{version}",
    "start_pricing_reapply": "POST v2/pricing-rules/reapply/start",
    "list_pricing_reapply_jobs": "GET v2/pricing-rules/reapply/jobs",
    "get_pricing_reapply_job": "GET v2/pricing-rules/reapply/jobs/{job_id}",
    "cancel_pricing_reapply_job": "POST v2/pricing-rules/reapply/jobs/{job_id}/cancel",
    "resume_pricing_reapply_job": "POST v2/pricing-rules/reapply/jobs/{job_id}/resume",
    "revert_pricing_reapply_job": "POST v2/pricing-rules/reapply/jobs/{job_id}/revert",
    "list_rating_rules": "GET v2/rating-rules",
    "create_rating_rule": "POST v2/rating-rules",
    "update_rating_rule": "PUT v2/rating-rules/{rule_id}",
    "delete_rating_rule": "DELETE v2/rating-rules/{rule_id}",
    "list_rating_rule_audit": "GET v2/rating-rules/audit",
    "list_rating_rule_sets": "GET v2/rating-rules/sets",
    "create_rating_rule_set": "POST v2/rating-rules/sets",
    "export_rating_rule_set": "GET v2/rating-rules/sets/{version}/export",
    "lint_rating_rule_set": "GET v2/rating-rules/sets/{version}/lint",
    "preview_rating_rule_set": "POST v2/rating-rules/sets/{version}/preview",
    "activate_rating_rule_set": "POST v2/rating-rules/sets/{version}/activate",
    "discard_rating_rule_set": "DELETE v2/rating-rules/sets/{version}",
    "start_rating_reapply": "POST v2/rating-rules/reapply/start",
    "list_rating_reapply_jobs": "GET v2/rating-rules/reapply/jobs",
    "get_rating_reapply_job": "GET v2/rating-rules/reapply/jobs/{job_id}",
    "cancel_rating_reapply_job": "POST v2/rating-rules/reapply/jobs/{job_id}/cancel",
    "resume_rating_reapply_job": "POST v2/rating-rules/reapply/jobs/{job_id}/resume",
    "revert_rating_reapply_job": "POST v2/rating-rules/reapply/jobs/{job_id}/revert",
    "watch_reapply_jobs": "*/30 * * * * *",
    "apply_scheduled_rules": "15 * * * * *",
    "reapply_job": "orchestrationTrigger",
    "reapply_stones": "activityTrigger",
    "fail_reapply": "activityTrigger",
    "place_hold": "POST v2/diamonds/{diamond_id}/hold",
    "list_holds": "GET v2/holds",
    "get_hold": "GET v2/holds/{hold_id}",
    "extend_hold": "POST v2/holds/{hold_id}/extend",
    "release_hold": "POST v2/holds/{hold_id}/release",
    "list_pauses": "GET v2/selling/pauses",
    "pause_selling": "PUT v2/selling/pauses/{scope}",
    "resume_selling": "DELETE v2/selling/pauses/{scope}",
    "purchase_diamond": "POST v2/diamonds/{diamond_id}/purchase",
    "list_purchases": "GET v2/purchases",
    "get_purchase": "GET v2/purchases/{purchase_id}",
    "cancel_purchase": "POST v2/purchases/{purchase_id}/cancel",
    "list_incidents": "GET v2/incidents",
    "decide_incident": "POST v2/incidents/{incident_id}/decide",
    "settle_purchase": "orchestrationTrigger",
    "advance_purchase": "activityTrigger",
    "watch_purchases": "*/15 * * * * *",
    "watch_holds": "*/15 * * * * *",
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
        case "serviceBusTrigger":
            return f"queue {trigger['queueName']}"
        case other:
            return str(other)


def test_the_app_registers_exactly_these_functions() -> None:
    registered = {
        str(function.get_function_name()): described(function)
        for function in function_app.app.get_functions()
    }

    assert registered == EXPECTED
