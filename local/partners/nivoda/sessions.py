"""Logins and their tokens: JSON web tokens, signed and soon over."""

import base64
import hashlib
import hmac
import json
import secrets
from time import time
from typing import Any

ACCOUNT = "shop@example.test"
PASSWORD = "diamonds"  # noqa: S105 - of the invented account everybody may use


class Sessions:
    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._valid_from = 0.0

    def login(self, username: str, password: str, seconds: float) -> str | None:
        if (username, password) != (ACCOUNT, PASSWORD):
            return None
        claims = {"id": username, "role": "CUSTOMER", "iat": time(), "exp": time() + seconds}
        body = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{body}.{self._signature(body)}"

    def fault(self, token: str | None) -> str | None:
        """Why this token is not good, in the supplier's words."""
        body, _, signature = (token or "").rpartition(".")
        if not hmac.compare_digest(signature, self._signature(body)):
            return "jwt malformed"
        claims = json.loads(base64.urlsafe_b64decode(body.split(".")[1] + "=="))
        expired = claims["exp"] <= time() or claims["iat"] < self._valid_from
        return "jwt expired" if expired else None

    def expire_all(self) -> None:
        self._valid_from = time()

    def _signature(self, body: str) -> str:
        digest = hmac.new(self._secret, body.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _encoded(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
