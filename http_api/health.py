"""Whether the app can do its work."""

from typing import Literal

import azure.durable_functions as df
import azure.functions as func

from http_api.endpoint import Answer, Call, Nothing, endpoint
from shared.platform.db import transaction

bp = df.Blueprint()


class Health(Answer):
    status: Literal["ok"]
    database: Literal["ok"]


@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=None)
def get_health(call: Call[Nothing]) -> Health:  # noqa: ARG001 - every handler takes the call
    """200 while the database answers, 503 otherwise."""
    with transaction(timeout_seconds=3) as conn:
        conn.execute("SELECT 1")
    return Health(status="ok", database="ok")
