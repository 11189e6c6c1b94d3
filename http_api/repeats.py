"""Writes under an `Idempotency-Key`: sent twice, done once, answered alike."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Made:
    """What is answered now, and what is kept for a repetition."""

    response: func.HttpResponse
    kept: func.HttpResponse


def key_of(req: func.HttpRequest, asked: BaseModel) -> str | None:
    """The key in the header, or in the body where it has a field for it; raises Invalid."""
    in_header = req.headers.get(HEADER)
    in_body = getattr(asked, "idempotency_key", None)
    if in_header is not None and in_body is not None and in_header != in_body:
        raise _bad("the header and the body name different keys")
    key = in_body if in_header is None else in_header
    if key is not None and not KEY.fullmatch(key):
        raise _bad("not 1 to 255 visible ASCII characters")
    return key


def repeatable(
    caller: ApiKey,
    key: str,
    operation: str,
    path: Mapping[str, Any],
    asked: BaseModel,
    *,
    file: bytes | None = None,
) -> Repeatable:
    """The request as it is recognised again; how its JSON is spaced or ordered does not count."""
    told = [operation, {name: str(part) for name, part in path.items()}, _told(asked)]
    if file is not None:
        told.append(hashlib.sha256(file).hexdigest())
    return Repeatable(caller.client_id, key, hashlib.sha256(exact_json.canonical(told)).hexdigest())


def once(
    request: Repeatable, how: Literal["transaction", "steps"], work: Callable[[], Made]
) -> func.HttpResponse:
    do = idempotency.in_one_transaction if how == "transaction" else idempotency.in_steps
    made: list[func.HttpResponse] = []

    def first() -> Kept:
        done = work()
        made.append(done.response)
        return _kept(done.kept)

    outcome = do(request, first)
    return _again(outcome.answer) if outcome.replayed else made[0]


def _again(kept: Kept) -> func.HttpResponse:
    return func.HttpResponse(
        kept.body,
        status_code=kept.status,
        mimetype=kept.content_type,
        headers={REPLAYED: "true"},
    )


def _told(asked: BaseModel) -> dict[str, Any]:
    return asked.model_dump(mode="json", exclude={"idempotency_key"})


def _kept(response: func.HttpResponse) -> Kept:
    return Kept(
        status=response.status_code, content_type=response.mimetype, body=response.get_body()
    )


def _bad(fault: str) -> Invalid:
    return Invalid("The idempotency key is not valid.", fields={HEADER: fault})
