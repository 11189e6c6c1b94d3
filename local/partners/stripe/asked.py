"""A request as it came, and whether its caller may ask at all."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from local.partners.stripe.desk import VERSION, Json
from local.partners.stripe.form import nested
from local.partners.stripe.refused import Refused

LONGEST_KEY = 255
VERSIONS = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header,"
    " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: Json
    headers: Mapping[str, str]
    named: Mapping[str, str]
    """What the path names."""

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key") if self.method == "POST" else None

    @property
    def content(self) -> str:
        """What must be the same for the same key."""
        return json.dumps([self.path, self.params], sort_keys=True)


async def asked_by(request: Request) -> Asked:
    raw = request.url.query if request.method == "GET" else (await request.body()).decode()
    return Asked(
        method=request.method,
        path=request.url.path,
        params=nested(parse_qsl(raw, keep_blank_values=True)),
        headers=request.headers,
        named=request.path_params,
    )


def admit(asked: Asked, secret_key: str) -> None:
    """Raises Refused."""
    _, _, key = asked.headers.get("Authorization", "").partition(" ")
    if not key:
        raise Refused(401, NO_KEY)
    if key != secret_key:
        raise Refused(401, f"Invalid API Key provided: {key[:7]}{'*' * 8}{key[-4:]}")
    version = asked.headers.get("Stripe-Version", VERSION)
    if version != VERSION:
        other = f" This Stripe speaks {VERSION} only." if VERSIONS.fullmatch(version) else ""
        raise Refused(400, f"Invalid Stripe API version: {version}.{other}")
    if asked.key and len(asked.key) > LONGEST_KEY:
        raise Refused(400, "Idempotency keys may be 255 characters long at most.")
