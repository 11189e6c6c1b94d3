"""How much a client may ask: a bucket per client and budget, one for all instances together.

A bucket holds a minute's worth and fills evenly. An instance takes several requests' worth at a
time and spends it from memory, so most requests ask no database; what it does not spend in time
is lost to the client, never spent twice.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic
from typing import Literal
from uuid import UUID

from shared.access import queries
from shared.access.model import ApiKey
from shared.platform import db
from shared.platform.errors import TooMany
from shared.platform.settings import settings

Budget = Literal["reads", "writes", "link"]

MINUTE = 60.0
LEASE_SECONDS = 5.0
SHARE = 60
"""An instance takes a second's worth of a minute's at a time."""


class TooManyRequests(TooMany):
    """The client used its budget up."""

    hint = "Wait as long as Retry-After says; RateLimit-Remaining tells how much is left."

    def __init__(self, allowance: "Allowance") -> None:
        super().__init__(
            f"More than {allowance.limit} requests a minute.", retry_after=allowance.reset
        )
        self.allowance = allowance


@dataclass(frozen=True)
class Allowance:
    """What a client may still ask; `reset` seconds from now it may ask (again)."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


@dataclass
class _Lease:
    left: int
    in_bucket: float
    until: float


class Budgets:
    """What this instance has taken and not yet spent."""

    def __init__(self) -> None:
        self._leases: dict[tuple[UUID, Budget], _Lease] = {}
        self._lock = Lock()
        self._taking: defaultdict[tuple[UUID, Budget], Lock] = defaultdict(Lock)

    def spend(self, key: ApiKey, budget: Budget) -> Allowance:
        """Use up one request's worth; raises TooManyRequests."""
        return self.take(key.client_id, budget, _limit(key, budget))

    def take(self, client_id: UUID, budget: Budget, limit: int) -> Allowance:
        """The same for whoever has no key, at so many requests a minute."""
        lease = self._spent(client_id, budget)
        if lease is None:
            with self._taking[client_id, budget]:  # else many at once would each take a lease
                lease = self._spent(client_id, budget)
                lease = lease or self._taken(client_id, budget, limit)
        return Allowance(limit, int(lease.left + max(0, lease.in_bucket)), 0)

    def _spent(self, client_id: UUID, budget: Budget) -> _Lease | None:
        with self._lock:
            lease = self._leases.get((client_id, budget))
            if lease is None or lease.left < 1 or lease.until < monotonic():
                return None
            lease.left -= 1
            return lease

    def _taken(self, client_id: UUID, budget: Budget, limit: int) -> _Lease:
        with db.request_transaction() as conn:
            got = queries.take_budget(
                conn,
                client_id=client_id,
                budget=budget,
                wanted=max(1, limit // SHARE),
                capacity=limit,
                per_second=limit / MINUTE,
            )
        if got.granted < 1:
            wait = ceil((1 - got.tokens) * MINUTE / limit)
            raise TooManyRequests(Allowance(limit, 0, max(1, wait)))
        lease = _Lease(got.granted - 1, got.tokens, monotonic() + LEASE_SECONDS)
        with self._lock:
            self._forget_old()
            self._leases[client_id, budget] = lease
        return lease

    def _forget_old(self) -> None:
        now = monotonic()
        self._leases = {name: one for name, one in self._leases.items() if one.until > now}


def _limit(key: ApiKey, budget: Budget) -> int:
    if budget == "reads":
        return key.reads_per_minute or settings().access.reads_per_minute
    return key.writes_per_minute or settings().access.writes_per_minute
