"""API keys: issued once in clear, recognised by their hash, revoked for good."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from shared.access import queries
from shared.access.model import ApiKey, IssuedKey, Scope
from shared.platform.errors import NotAllowed, NotAuthenticated, NotFound

PREFIX_LENGTH = 12


class KeyUnknown(NotAuthenticated):
    hint = "Send a valid key in the X-API-Key header."


class ScopeMissing(NotAllowed):
    def __init__(self, scope: Scope) -> None:
        super().__init__(
            f"This key lacks the permission {scope}.", hint="Ask the operator for a key with it."
        )


def issue(
    conn: Connection,
    *,
    client_name: str,
    scopes: Iterable[Scope],
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Make a key of 256 random bits; the answer is the only place its secret appears."""
    secret = f"dop_{secrets.token_urlsafe(32)}"
    key = queries.insert_api_key(
        conn,
        key_hash=hashed(secret),
        prefix=secret[:PREFIX_LENGTH],
        client_name=client_name,
        permissions=sorted(scopes),
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
    if scope not in key.permissions:
        raise ScopeMissing(scope)


def revoke(conn: Connection, key_id: UUID) -> ApiKey:
    key = queries.revoke_api_key(conn, id=key_id)
    if key is None:
        raise NotFound(f"There is no API key {key_id}.")
    return key


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
