"""Who is calling: a key in X-API-Key, with the scope the endpoint asks for."""

import azure.functions as func

from shared.access import service
from shared.access.model import ApiKey, Scope
from shared.platform.db import request_transaction


def authenticate(req: func.HttpRequest, scope: Scope) -> ApiKey:
    with request_transaction() as conn:
        return service.authenticate(conn, req.headers.get("X-API-Key"), scope)
