from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Scope(StrEnum):
    """What a key may do; stored in `api_keys.permissions`."""

    DIAMONDS_READ = "diamonds:read"
    DIAMONDS_EXPORT = "diamonds:export"
    """Pages of up to 1,000 stones."""
    COSTS_READ = "costs:read"
    """Besides `diamonds:read`: what stones cost us, our markup, and whose they are."""
    WEBHOOKS_WRITE = "webhooks:write"
    """Subscribe to events, and see what was delivered."""
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    RULES_READ = "rules:read"
    RULES_WRITE = "rules:write"
    RULES_ACTIVATE = "rules:activate"
    """Asked for besides `rules:write` where two people are to look at a change of prices."""
    HOLDS_WRITE = "holds:write"
    """Hold stones; and see, extend and release one's own holds."""
    PURCHASES_READ = "purchases:read"
    """See one's own purchases."""
    PURCHASES_WRITE = "purchases:write"
    """Buy on account: for trusted partners who are invoiced."""
    CHECKOUT_WRITE = "checkout:write"
    """Begin and stop checkouts: for shops whose customers pay by card."""
    SELLING_WRITE = "selling:write"
    """Operate the sale of stones: pauses, incidents, reconciliation."""
    STOCK_WRITE = "stock:write"
    """Upload lists of the retailer's own stones, and see what was wrong with them."""
    SYSTEM_READ = "system:read"
    """Figures, status, and the read-only query console."""
    AUDIT_READ = "audit:read"
    KEYS_ADMIN = "keys:admin"
    """Give, rotate and revoke keys that may do no more than the giver's own."""


CUSTOMERS = frozenset(
    {
        *(Scope.DIAMONDS_READ, Scope.DIAMONDS_EXPORT, Scope.WEBHOOKS_WRITE, Scope.HOLDS_WRITE),
        *(Scope.PURCHASES_READ, Scope.PURCHASES_WRITE, Scope.CHECKOUT_WRITE),
    }
)
"""What those who buy may be allowed; the others show or move more than prices of a list."""
Kind = Literal["key", "signature"]


class ApiKey(BaseModel):
    """One way in for a client; after a rotation it has two for a while."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    """Of a signature this is what the caller sends as X-Client-Id."""
    client_id: UUID
    """The same for all keys of a client, before and after a rotation."""
    kind: Kind
    prefix: str
    client_name: str
    permissions: list[str]
    price_list: str | None
    """Whose prices it sees; None: the retail prices."""
    reads_per_minute: int | None
    writes_per_minute: int | None
    active: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    rotated_to: UUID | None

    def may(self, scope: Scope) -> bool:
        return scope in self.permissions


class IssuedKey(BaseModel):
    """The only time the clear secret is seen."""

    model_config = ConfigDict(frozen=True)

    secret: str
    key: ApiKey


class AuditEntry(BaseModel):
    """Somebody wrote something, or was refused; `code` says why."""

    model_config = ConfigDict(frozen=True)

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
