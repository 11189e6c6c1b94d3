"""Writes under an `Idempotency-Key`: sent twice, done once, answered alike."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import azure.functions as func
from pydantic import BaseModel

from shared.access import idempotency
from shared.access.idempotency import Kept, Repeatable
from shared.access.model import ApiKey
from shared.platform import exact_json
from shared.platform.errors import Invalid

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
READING = ("GET", "HEAD", "OPTIONS")


def key_of(req: func.HttpRequest, asked: BaseModel) -> str | None:
    """The key in the header, or in the body where it has a field for it; raises Invalid."""
    if req.method in READING:
        return None
    in_header = req.headers.get(HEADER)
    in_body = getattr(asked, "idempotency_key", None)
    if in_header is not None and in_body is not None and in_header != in_body:
        raise _bad("the header and the body name different keys")
    key = in_body if in_header is None else in_header
    if key is not None and not KEY.fullmatch(key):
        raise _bad("not 1 to 255 visible ASCII characters")
    return key


def repeatable(
    caller: ApiKey, key: str, operation: str, path: Mapping[str, Any], asked: BaseModel
) -> Repeatable:
    """The request as it is recognised again; how its JSON is spaced or ordered does not count."""
    told = [operation, {name: str(part) for name, part in path.items()}, _told(asked)]
    return Repeatable(caller.client_id, key, hashlib.sha256(exact_json.canonical(told)).hexdigest())


def once(
    request: Repeatable,
    how: Literal["transaction", "steps"],
    work: Callable[[], func.HttpResponse],
) -> func.HttpResponse:
    do = idempotency.in_one_transaction if how == "transaction" else idempotency.in_steps
    outcome = do(request, lambda: _kept(work()))
    return func.HttpResponse(
        outcome.answer.body,
        status_code=outcome.answer.status,
        mimetype=outcome.answer.content_type,
        headers={REPLAYED: "true"} if outcome.replayed else {},
    )


def _told(asked: BaseModel) -> dict[str, Any]:
    return asked.model_dump(mode="json", exclude={"idempotency_key"})


def _kept(response: func.HttpResponse) -> Kept:
    return Kept(
        status=response.status_code, content_type=response.mimetype, body=response.get_body()
    )


def _bad(fault: str) -> Invalid:
    return Invalid("The idempotency key is not valid.", fields={HEADER: fault})
