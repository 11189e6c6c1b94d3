from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Scope(StrEnum):
    """What a key may do; stored in `api_keys.permissions`."""

    DIAMONDS_READ = "diamonds:read"
    DIAMONDS_EXPORT = "diamonds:export"
    """Pages of up to 1,000 stones."""
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
    SELLING_WRITE = "selling:write"
    """Operate the sale of stones: pauses, incidents, reconciliation."""


class ApiKey(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    client_id: UUID
    """The same for all keys of a client, before and after a rotation."""
    prefix: str
    client_name: str
    permissions: list[str]
    active: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class IssuedKey(BaseModel):
    """The only time the clear key is seen."""

    model_config = ConfigDict(frozen=True)

    secret: str
    key: ApiKey
