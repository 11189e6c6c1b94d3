"""Who is calling: a key that is shown or a signature that proves one, from an address not locked.

Unknown and known callers cost the same work and get the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from psycopg import Connection

from shared.access import queries, signing
from shared.access.model import ApiKey
from shared.access.service import KeyUnknown, hashed
from shared.access.signing import Signed
from shared.platform import clock, db
from shared.platform.errors import TooMany
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("access.admission")

TRUST_SECONDS = 2.0
WINDOW_SECONDS = 300.0
NONCE_SECONDS = 2.0 * signing.TOLERANCE_SECONDS
"""A timestamp may lie so far ahead that its signature lives twice the tolerance."""


class LockedOut(TooMany):
    """Too many wrong keys or signatures came from this address."""

    code = "LOCKED_OUT"


@dataclass(frozen=True)
class Credentials:
    """What a request brought to be known by; `address` is where it came from, if that is known."""

    key: str | None
    signed: Signed | None
    address: str | None


class Recognised:
    """Keys this instance has just looked up; a revoked one may read for TRUST_SECONDS more."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[ApiKey, float]] = {}

    def find(self, secret: str) -> ApiKey | None:
        key, until = self._known.get(hashed(secret), (None, 0.0))
        return key if until > monotonic() else None

    def forget(self, secret: str) -> None:
        """Look it up again: it may have been given what it was just refused."""
        self._known.pop(hashed(secret), None)

    def remember(self, secret: str, key: ApiKey) -> ApiKey:
        now = monotonic()
        fresh = {name: one for name, one in self._known.copy().items() if one[1] > now}
        self._known = fresh | {hashed(secret): (key, now + TRUST_SECONDS)}
        return key


def admitted(shown: Credentials) -> ApiKey:
    """The caller; raises KeyUnknown, or LockedOut for an address that guessed too often."""
    with db.request_transaction() as conn:
        _not_locked(conn, shown.address)
        key = _recognised(conn, shown)
        if key is not None:
            queries.touch_api_key(conn, id=key.id)
            return key
    if shown.key is not None or shown.signed is not None:
        _count(shown.address)
    raise KeyUnknown("Invalid or missing authentication.")


def _recognised(conn: Connection, shown: Credentials) -> ApiKey | None:
    """A key that is shown decides alone, right or wrong."""
    if shown.key is not None:
        return queries.find_api_key(conn, key_hash=hashed(shown.key))
    return _proved(conn, shown.signed) if shown.signed else None


def _proved(conn: Connection, signed: Signed) -> ApiKey | None:
    """Every test is made before any counts; only what is right uses up its nonce."""
    key = queries.find_signing_key(conn, id=signed.claimed_by)
    tests: list[Callable[[], bool]] = [
        lambda: signing.proves(signed, settings().access.masters),
        lambda: signed.in_time(clock.now().timestamp()),
        lambda: signed.well_formed,
    ]
    passed = [test() for test in tests]
    if key is None or not all(passed):
        return None
    nonce = signed.once
    return (
        key if queries.use_nonce(conn, key_id=key.id, nonce=nonce, seconds=NONCE_SECONDS) else None
    )


def _not_locked(conn: Connection, address: str | None) -> None:
    seconds = queries.locked_for(conn, address=address or "")
    if seconds:
        raise LockedOut("Too many wrong keys came from this address.", retry_after=seconds)


def _count(address: str | None) -> None:
    log.warning("caller not recognised", address=address)
    if address is None:
        return  # one counter for everybody would let one lock out all
    access = settings().access
    with db.request_transaction() as conn:
        queries.count_failure(
            conn,
            address=address,
            most=access.refusals_before_lock,
            window_seconds=WINDOW_SECONDS,
            lock_seconds=access.lock_seconds,
        )
