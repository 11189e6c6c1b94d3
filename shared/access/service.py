"""Keys of callers: issued once in clear, recognised by hash or signature, rotated, revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.errors import ForeignKeyViolation
from pydantic import SecretStr

from shared.access import queries, signing
from shared.access.model import CUSTOMERS, ApiKey, IssuedKey, Kind, Scope
from shared.platform.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from shared.platform.settings import settings

PREFIX_LENGTH = 12


class KeyUnknown(NotAuthenticated):
    """No valid key, and no valid signature."""

    hint = (
        "Send a valid key as X-API-Key, or X-Client-Id, X-Timestamp (within 300 s of now), an "
        "unused X-Nonce and X-Signature."
    )


class ScopeMissing(NotAllowed):
    """The key is valid and may not do this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This key lacks the permission {scope}.", hint="Ask the operator for a key with it."
        )


class KeyNotFound(NotFound):
    code = "KEY_NOT_FOUND"


class KeyRotated(Conflict):
    """It has a successor already, which is what to rotate."""

    code = "KEY_ROTATED"


class PriceListNotBound(Invalid):
    """No such list, or the key may do more than customers may."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"The key is not bound: {fault}.", fields={"priceList": fault})


class SigningOff(Unavailable):
    code = "SIGNING_NOT_CONFIGURED"
    hint = "Set ACCESS_SIGNING_KEY to 32 characters or more."
    retry_after = None


def issue(
    conn: Connection,
    *,
    client_name: str,
    scopes: Iterable[Scope],
    expires_at: datetime | None = None,
    kind: Kind = "key",
    price_list: str | None = None,
    reads_per_minute: int | None = None,
    writes_per_minute: int | None = None,
    master: SecretStr | None = None,
) -> IssuedKey:
    """Make a key of 256 random bits, or a signing secret; raises SigningOff, PriceListNotBound.

    All keys under one name are one client's: they share its budgets and its writes. The answer
    is the only place its secret appears. `master` is what a signing secret is made from, unless
    the settings say.
    """
    id, scopes = uuid4(), sorted(scopes)  # noqa: A001 - the column's name
    if price_list is not None and not CUSTOMERS.issuperset(scopes):
        raise PriceListNotBound(f"for keys of customers, with {', '.join(sorted(CUSTOMERS))}")
    secret = f"dop_{secrets.token_urlsafe(32)}" if kind == "key" else _signing_secret(id, master)
    key = _inserted(
        conn,
        id=id,
        kind=kind,
        key_hash=hashed(secret) if kind == "key" else None,
        prefix=secret[:PREFIX_LENGTH] if kind == "key" else f"{id}",
        client_name=client_name,
        permissions=scopes,
        price_list=price_list,
        reads_per_minute=reads_per_minute,
        writes_per_minute=writes_per_minute,
        expires_at=expires_at,
    )
    return IssuedKey(secret=secret, key=key)


def authenticate(conn: Connection, secret: str | None, scope: Scope) -> ApiKey:
    """The caller behind a key, if it may do this."""
    key = queries.find_api_key(conn, key_hash=hashed(secret)) if secret else None
    if key is None:
        raise KeyUnknown("Invalid or missing API key.")
    permit(key, scope)
    queries.touch_api_key(conn, id=key.id)
    return key


def permit(key: ApiKey, scope: Scope) -> None:
    """Let nobody do what their key does not say."""
    if not key.may(scope):
        raise ScopeMissing(scope)


def rotate(
    conn: Connection, key_id: UUID, *, overlap: timedelta, master: SecretStr | None = None
) -> IssuedKey:
    """Give a client a new key that may do the same; the old one works for the overlap."""
    old = queries.lock_api_key(conn, id=key_id)
    if old is None:
        raise KeyNotFound(f"There is no working key {key_id}.")
    if old.rotated_to is not None:
        raise KeyRotated(f"Key {key_id} was replaced by {old.rotated_to}.")
    made = issue(
        conn,
        client_name=old.client_name,
        scopes=[Scope(scope) for scope in old.permissions],
        expires_at=old.expires_at,
        kind=old.kind,
        price_list=old.price_list,
        reads_per_minute=old.reads_per_minute,
        writes_per_minute=old.writes_per_minute,
        master=master,
    )
    queries.let_api_key_end(
        conn, id=old.id, rotated_to=made.key.id, overlap_seconds=overlap.total_seconds()
    )
    return made


def revoke(conn: Connection, key_id: UUID) -> ApiKey:
    key = queries.revoke_api_key(conn, id=key_id)
    if key is None:
        raise KeyNotFound(f"There is no key {key_id}.")
    return key


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _inserted(conn: Connection, **key: Any) -> ApiKey:
    try:
        return queries.insert_api_key(conn, **key)
    except ForeignKeyViolation as error:
        raise PriceListNotBound(f"there is no list {key['price_list']}") from error


def _signing_secret(key_id: UUID, master: SecretStr | None) -> str:
    masters = [master] if master else settings().access.masters
    if not masters:
        raise SigningOff("Nobody can sign here yet.")
    return signing.secret_of(masters[0], key_id)
