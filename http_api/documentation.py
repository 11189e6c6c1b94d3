"""The API described: an OpenAPI document, and a page to read it and try it."""

import gzip
from functools import cache
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

from http_api import openapi
from http_api.endpoint import Call, Nothing, endpoint
from shared.platform import exact_json
from shared.platform.errors import NotFound

ASSETS = Path(__file__).parent / "assets"
TYPES = {
    "docs.html": "text/html",
    "docs.js": "text/javascript",
    "order.html": "text/html",
    "order.js": "text/javascript",
    "order.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
OWN_FILES_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
A_DAY = "public, max-age=86400"
A_MINUTE = "public, max-age=60"


def blueprint(app: df.DFApp) -> df.Blueprint:
    """Endpoints that describe the app they are registered with, themselves included."""
    bp = df.Blueprint()

    @cache
    def described() -> bytes:
        return exact_json.dumps(openapi.document(openapi.operations(app)))

    @bp.route("v2/openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @endpoint(scope=None)
    def get_openapi(call: Call[Nothing]) -> func.HttpResponse:  # noqa: ARG001 - a handler
        """This API as an OpenAPI 3.1 document."""
        return func.HttpResponse(
            described(), mimetype="application/json", headers={"Cache-Control": A_MINUTE}
        )

    @bp.route("docs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @endpoint(scope=None, produces=("text/html",))
    def read_docs(call: Call[Nothing]) -> func.HttpResponse:
        """A page to read the API and to try it."""
        return asset("docs.html", call.req)

    @bp.route("docs/{file}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @endpoint(scope=None, path={"file": str}, produces=tuple(sorted({*TYPES.values()})))
    def get_docs_file(call: Call[Nothing]) -> func.HttpResponse:
        """What the page is made of."""
        return asset(str(call.path["file"]), call.req)

    return bp


def asset(name: str, req: func.HttpRequest) -> func.HttpResponse:
    if name not in TYPES:
        raise NotFound("There is no such file.")
    headers = {"Cache-Control": A_DAY, "Content-Security-Policy": OWN_FILES_ONLY}
    packed = ASSETS / f"{name}.gz"
    if not packed.exists():
        content = (ASSETS / name).read_bytes()
    elif "gzip" in req.headers.get("Accept-Encoding", ""):
        content, headers["Content-Encoding"] = packed.read_bytes(), "gzip"
    else:
        content = gzip.decompress(packed.read_bytes())
    return func.HttpResponse(content, mimetype=TYPES[name], charset="utf-8", headers=headers)
