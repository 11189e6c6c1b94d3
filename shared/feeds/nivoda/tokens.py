"""The token of a session, fetched once for everybody who waits for it."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

import orjson

from shared.platform import clock

LIFETIME = timedelta(hours=6)
"""What the supplier promises; a token that says less about itself is believed."""
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Token:
    value: str
    renew_at: datetime


class Tokens:
    """A token that is good; a new one is fetched by one thread while the others wait for it."""

    def __init__(
        self, login: Callable[[], str], *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._login = login
        self._now = now
        self._lock = Lock()
        self._token: Token | None = None

    def current(self) -> str:
        token = self._token
        if token is None or token.renew_at <= self._now():
            token = self._renewed()
        return token.value

    def forget(self, refused: str) -> None:
        """Drop this token; one that came after it stays."""
        with self._lock:
            if self._token is not None and self._token.value == refused:
                self._token = None

    def _renewed(self) -> Token:
        with self._lock:
            if self._token is None or self._token.renew_at <= self._now():
                self._token = _token(self._login(), self._now())
            return self._token


def _token(value: str, now: datetime) -> Token:
    expires_at = min(_expiry(value) or now + LIFETIME, now + LIFETIME)
    ahead = min(AHEAD, (expires_at - now) / 10)
    return Token(value, expires_at - ahead)


def _expiry(value: str) -> datetime | None:
    """The `exp` of a JSON web token, if it is one."""
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(value.split(".")[1] + "=="))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None
