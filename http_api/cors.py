"""Which web pages elsewhere may call from a browser: those that ACCESS_ALLOWED_ORIGINS names."""

import azure.durable_functions as df
import azure.functions as func

from shared.platform.settings import settings

bp = df.Blueprint()

METHODS = "GET, POST, PUT, DELETE"
ASKED_WITH = (
    "Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Client-Id, X-Nonce, "
    "X-Order-Token, X-Signature, X-Timestamp, X-Trace-Id, traceparent"
)
READABLE = (
    "Deprecation, ETag, Idempotency-Replayed, Link, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Retry-After, Sunset, X-Trace-Id"
)
PREFLIGHT_SECONDS = 600


def shared(req: func.HttpRequest) -> dict[str, str]:
    """What lets the asking page read the answer; nothing for pages we do not know."""
    origin = req.headers.get("Origin")
    if origin is None:
        return {}
    if origin not in settings().access.origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": READABLE,
        "Vary": "Origin",
    }


@bp.route("v2/{*path}", methods=["OPTIONS"], auth_level=func.AuthLevel.ANONYMOUS)
def preflight(req: func.HttpRequest) -> func.HttpResponse:
    """Whether a page may ask: browsers want to know before they send a key or a body."""
    allowed = shared(req)
    if "Access-Control-Allow-Origin" not in allowed:
        return func.HttpResponse(status_code=403, headers=allowed)
    more = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": ASKED_WITH,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    return func.HttpResponse(status_code=204, headers=allowed | more)
