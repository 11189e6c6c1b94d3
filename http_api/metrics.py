"""Numbers for Prometheus."""

import azure.durable_functions as df
import azure.functions as func

from http_api.endpoint import Call, Nothing, endpoint
from shared.operations import facts
from shared.platform.db import request_transaction

bp = df.Blueprint()


@bp.route("metrics", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@endpoint(scope=None, produces=("text/plain",))
def get_metrics(call: Call[Nothing]) -> func.HttpResponse:  # noqa: ARG001 - every handler takes the call
    """The state of runs, queues and quarantine, and what this process did, as Prometheus text."""
    with request_transaction() as conn:
        known = facts.list_facts(conn)
    return func.HttpResponse(facts.exposition(known), mimetype="text/plain", charset="utf-8")
