"""Callers for tests: keys and signatures as real clients make them."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from shared.access import service
from shared.access.model import IssuedKey, Scope
from shared.access.signing import canonical_path
from shared.platform import db

MASTER = "a master key of more than thirty-two characters"
HERE = "http://localhost/api"


def a_key(*scopes: Scope, **more: Any) -> IssuedKey:
    with db.transaction() as conn:
        return service.issue(conn, client_name="ann", scopes=scopes or list(Scope), **more)


def shown(issued: IssuedKey) -> dict[str, str]:
    return {"X-API-Key": issued.secret}


@dataclass(frozen=True)
class Signer:
    """A partner's program; written from the documentation, not from our code."""

    issued: IssuedKey

    def headers(
        self,
        method: str = "GET",
        url: str = HERE,
        body: bytes = b"",
        *,
        nonce: str | None = "",
        timestamp: int | str | None = None,
        secret: str | None = None,
    ) -> dict[str, str]:
        when = str(int(time.time()) if timestamp is None else timestamp)
        nonce = uuid4().hex if nonce == "" else nonce
        lines = [method, canonical_path(url), when]
        lines += [] if nonce is None else [nonce]
        lines.append(hashlib.sha256(body).hexdigest())
        made = hmac.new(
            (secret or self.issued.secret).encode(), "\n".join(lines).encode(), hashlib.sha256
        )
        told = {
            "X-Client-Id": str(self.issued.key.id),
            "X-Timestamp": when,
            "X-Signature": made.hexdigest(),
        }
        return told if nonce is None else told | {"X-Nonce": nonce}
