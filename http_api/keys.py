"""Keys of callers: give, list, rotate, revoke; and who wrote what or was refused."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Moment, Nothing, endpoint
from http_api.paging import Page, cut, number
from shared.access import queries, service
from shared.access.model import IssuedKey, Kind, Scope
from shared.platform import clock
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import Conflict, Invalid

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
A_DAY = 24


class OwnKey(Conflict):
    """Nobody locks themselves out by mistake."""

    code = "OWN_KEY"
    hint = "Use another key for that, or rotate it with an overlap."


class NewKey(Asked):
    """A `key` is shown with each request; a `signature` proves a secret that is never sent."""

    client_name: str = Field(alias="clientName", min_length=1, max_length=200, pattern=r"\S")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    kind: Kind = "key"
    expires_at: Moment | None = Field(default=None, alias="expiresAt")
    price_list: str | None = Field(default=None, alias="priceList", min_length=1, max_length=100)
    """Whose prices it sees; for keys of customers."""
    reads_per_minute: int | None = Field(default=None, alias="readsPerMinute", ge=1, le=100_000_000)
    writes_per_minute: int | None = Field(
        default=None, alias="writesPerMinute", ge=1, le=100_000_000
    )


class Rotate(Asked):
    """For how many hours the old key works beside the new one; 0 ends it now."""

    overlap_hours: int = Field(default=A_DAY, alias="overlapHours", ge=0, le=720)


class AuditList(Asked):
    client_id: UUID | None = Field(default=None, alias="clientId")
    operation: str | None = Field(default=None, max_length=100)
    refused: bool | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class KeyView(Answer):
    id: UUID
    """Of a signature: what to send as X-Client-Id."""
    client_id: UUID
    kind: Kind
    prefix: str
    client_name: str
    scopes: list[str] = Field(validation_alias="permissions")
    price_list: str | None
    reads_per_minute: int | None
    writes_per_minute: int | None
    active: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_to: UUID | None


class Keys(Answer):
    data: list[KeyView]


class OneKey(Answer):
    data: KeyView


class Issued(Answer):
    """The only answer with the secret; repeated under the same idempotency key it is left out."""

    data: KeyView
    secret: str | None

    def remembered(self) -> Self:
        return self.model_copy(update={"secret": None})


class AuditView(Answer):
    id: int
    at: datetime
    client_id: UUID | None
    client_name: str | None
    address: str | None
    operation: str
    method: str
    path: str
    status: int
    code: str | None
    trace_id: str


class Audit(Answer):
    data: list[AuditView]
    pagination: Page


@bp.route("v2/keys", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.KEYS_ADMIN, body=NewKey, status=201)
def issue_key(call: Call[NewKey]) -> Issued:
    """Give somebody a key that may do no more than yours; its secret is shown this once."""
    asked = call.asked
    if asked.expires_at is not None and asked.expires_at <= clock.now():
        raise Invalid("Some of the request is not valid.", fields={"expiresAt": "is over"})
    for scope in asked.scopes:
        call.demand(scope)
    with transaction() as conn:
        return _issued(service.issue(conn, **asked.model_dump()))


@bp.route("v2/keys", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.KEYS_ADMIN)
def list_keys(call: Call[Nothing]) -> Keys:  # noqa: ARG001 - every handler takes the call
    """Every key, newest first, without its secret."""
    with request_transaction() as conn:
        found = queries.list_api_keys(conn)
    return Keys(data=[KeyView.model_validate(key) for key in found])


@bp.route("v2/keys/{key_id}/rotate", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.KEYS_ADMIN, body=Rotate, status=201)
def rotate_key(call: Call[Rotate]) -> Issued:
    """Give a client a new key beside its old one, which ends after the overlap."""
    overlap = timedelta(hours=call.asked.overlap_hours)
    if not overlap:
        _not_ones_own(call)
    with transaction() as conn:
        made = service.rotate(conn, call.id("key_id"), overlap=overlap)
        for scope in made.key.permissions:
            call.demand(Scope(scope))
    return _issued(made)


@bp.route("v2/keys/{key_id}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.KEYS_ADMIN)
def revoke_key(call: Call[Nothing]) -> OneKey:
    """Switch a key off for good; who reads with it notices within two seconds."""
    _not_ones_own(call)
    with transaction() as conn:
        revoked = service.revoke(conn, call.id("key_id"))
    return OneKey(data=KeyView.model_validate(revoked))


@bp.route("v2/audit", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.AUDIT_READ, query=AuditList)
def list_audit(call: Call[AuditList]) -> Audit:
    """Who wrote what, and what was refused to whom, the latest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_audit(
            conn,
            client_id=asked.client_id,
            operation=asked.operation,
            refused=asked.refused,
            before=number(asked.cursor),
            limit=asked.limit + 1,
        )
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return Audit(data=[AuditView.model_validate(entry) for entry in shown], pagination=page)


def _not_ones_own(call: Call[Any]) -> None:
    if call.id("key_id") == call.caller.id:
        raise OwnKey("This is the key you are using.")


def _issued(made: IssuedKey) -> Issued:
    return Issued(data=KeyView.model_validate(made.key), secret=made.secret)
