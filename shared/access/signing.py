"""Requests proved by a signature: the secret is never sent, what was signed cannot be altered.

The signature is the lower-case hex HMAC-SHA256, with the client's secret, of five lines joined by
a line feed: METHOD, path with sorted query, timestamp, nonce, hex SHA-256 of the raw body. Without
a nonce the fourth line is left out, which is accepted for requests without a query only.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import UUID

from pydantic import SecretStr

TOLERANCE_SECONDS = 300
SECONDS = re.compile(r"[0-9]{1,12}")
NONCE = re.compile(r"[\x21-\x7e]{8,128}")
NOBODY = UUID(int=0)
"""Stands in for a client id that is none, so that the same work is done for it."""


@dataclass(frozen=True)
class Signed:
    """A request and the proof that came with it, as they were sent."""

    client_id: str
    timestamp: str
    nonce: str | None
    signature: str
    method: str
    url: str
    body: bytes

    @property
    def claimed_by(self) -> UUID:
        try:
            return UUID(self.client_id)
        except ValueError:
            return NOBODY

    @property
    def canonical(self) -> bytes:
        parts = [self.method.upper(), canonical_path(self.url), self.timestamp]
        if self.nonce is not None:
            parts.append(self.nonce)
        return "\n".join([*parts, hashlib.sha256(self.body).hexdigest()]).encode(errors="replace")

    def in_time(self, now: float) -> bool:
        if not SECONDS.fullmatch(self.timestamp):
            return False
        return abs(now - int(self.timestamp)) <= TOLERANCE_SECONDS

    @property
    def well_formed(self) -> bool:
        """A nonce that is one, or none where the query is empty."""
        if self.nonce is None:
            return not urlsplit(self.url).query
        return NONCE.fullmatch(self.nonce) is not None

    @property
    def once(self) -> str:
        """What may not be seen again: the nonce, or without one the signature."""
        return self.nonce or self.signature


def canonical_path(url: str) -> str:
    """The path and its query: names and values encoded by RFC 3986, then sorted."""
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in given)
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{parts.path}?{query}" if query else parts.path


def secret_of(master: SecretStr, client_id: UUID) -> str:
    """The client's secret; made from ours, so that it is nowhere stored."""
    made = hmac.digest(master.get_secret_value().encode(), client_id.bytes, "sha256")
    return f"dos_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def signature(secret: str, canonical: bytes) -> str:
    return hmac.new(secret.encode(), canonical, hashlib.sha256).hexdigest()


def proves(signed: Signed, masters: list[SecretStr]) -> bool:
    """Whether it was made with a secret of that client; the same work whether or not."""
    shown = signed.signature.encode(errors="replace")
    proved = [
        hmac.compare_digest(
            signature(secret_of(master, signed.claimed_by), signed.canonical).encode(), shown
        )
        for master in masters
    ]
    return any(proved)


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~", errors="surrogateescape")
