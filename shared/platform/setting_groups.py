"""What each part of the app can be told: types, bounds and defaults; settings.py reads them."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Share = Annotated[Decimal, Field(ge=0, le=1)]

SHORTEST_SECRET = 8
PLACEHOLDERS = ("changeme", "change-me", "placeholder", "your-", "<", "todo")


def is_a_secret(given: SecretStr | None, beginnings: tuple[str, ...]) -> bool:
    """Whether somebody filled it in: long enough, and nothing a template would hold."""
    words = given.get_secret_value() if given else ""
    placeholder = any(mark in words.lower() for mark in (*PLACEHOLDERS, "...", "xxx", "not-"))
    return words.startswith(beginnings) and len(words) >= SHORTEST_SECRET and not placeholder


class Group(BaseModel):
    """A misspelt setting of a group is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Database(Group):
    url: SecretStr
    pool_max: int = Field(default=8, ge=1, le=100)
    connect_timeout_seconds: int = Field(default=10, ge=1)
    statement_timeout_seconds: int = Field(default=60, ge=1)
    """For background work; requests use `request_timeout_seconds`."""
    request_timeout_seconds: int = Field(default=10, ge=1)


class Storage(Group):
    """Where watermarks live: a connection string, or an identity's blob service address."""

    connection_string: SecretStr | None = None
    blob_service_uri: str | None = None
    client_id: str | None = None

    @model_validator(mode="after")
    def one_way_in(self) -> "Storage":
        if not (self.connection_string or self.blob_service_uri):
            raise ValueError("set AzureWebJobsStorage or AzureWebJobsStorage__blobServiceUri")
        return self


TypeChanges = Literal["warn", "quarantine", "fail"]


class Ingest(Group):
    nightly_feeds: str = "demo"
    """Which feeds the nightly timer runs, separated by commas, in this order."""
    completion_threshold: Share = Decimal("0.70")
    grace_seconds: int = Field(default=300, ge=0)
    """How long a run that reached the threshold waits for the rest."""
    overlap_minutes: int = Field(default=15, ge=0)
    """How far before the watermark an incremental run reads again."""
    sweep_limit: Share = Decimal("0.20")
    """A full run that would remove this share of the active stones or more waits for approval."""
    recount_tolerance: Share = Decimal("0.02")
    """How far sightings and the supplier's recount may differ before a sweep is refused."""
    stones_per_partition: int = Field(default=5_000, ge=1)
    max_partitions: int = Field(default=30, ge=1, le=100)
    stale_hours: int = Field(default=36, ge=1)
    """A nightly feed without a completed run for so long is bad news."""
    heatmap_hours: int = Field(default=48, ge=0)
    """How long a full scan's density is good enough to plan incremental runs by."""
    pages_per_activity: int = Field(default=20, ge=1)
    stones_per_write: int = Field(default=250, ge=1, le=5_000)
    """Pages are gathered up to so many stones for one transaction, for a second at most."""
    seconds_per_activity: int = Field(default=60, ge=1)
    payload_versions: int = Field(default=2, ge=0, le=20)
    """How many earlier payloads are kept of each stone, besides the one on file."""
    type_changes: TypeChanges = "warn"
    """What happens when a supplier's field comes in another type than before."""
    retry_seconds: int = Field(default=5, ge=1)
    attempts: int = Field(default=3, ge=1, le=10)
    consolidation_batch: int = Field(default=5_000, ge=1)
    consolidation_workers: int = Field(default=2, ge=1, le=8)


class Search(Group):
    in_memory: bool = True
    """Keep the catalogue's columns in the process; without them every search is SQL."""
    cache_mb: int = Field(default=32, ge=0, le=1_000)
    """How much of finished answers an instance keeps."""


class Rules(Group):
    activation_needs_permission: bool = False
    """Whoever activates a rule set then needs `rules:activate` besides `rules:write`."""


class Access(Group):
    allowed_origins: str = ""
    """Web pages elsewhere that may call from a browser, separated by commas; none by default."""
    idempotency_hours: int = Field(default=24, ge=1, le=720)
    """How long the answer to a write is kept for who sends it again."""

    signing_key: SecretStr | None = Field(default=None, min_length=32)
    """What the secrets of signing callers are made from; without it nobody can sign."""
    signing_key_previous: SecretStr | None = Field(default=None, min_length=32)
    """Secrets made from it work, too, while callers move to new ones."""
    reads_per_minute: int = Field(default=6_000, ge=1)
    """Of one client, from all instances together; a key may have its own."""
    writes_per_minute: int = Field(default=600, ge=1)
    refusals_before_lock: int = Field(default=20, ge=1)
    """So many wrong keys or signatures from one address within five minutes lock it out."""
    lock_seconds: int = Field(default=300, ge=1)
    proxies: int = Field(default=1, ge=0, le=5)
    """How many of the last entries of X-Forwarded-For are ours; Azure's front end makes one."""

    @property
    def masters(self) -> list[SecretStr]:
        return [key for key in (self.signing_key, self.signing_key_previous) if key is not None]

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(filter(None, (name.strip() for name in self.allowed_origins.split(","))))


class DemoFeed(Group):
    url: str = "http://127.0.0.1:7071/api/demo-feed"
    page_size: int = Field(default=500, ge=1, le=1_000)
    timeout_seconds: float = Field(default=30, gt=0)
    trading_key: SecretStr | None = None
    """What this supplier knows its customer by; without it nothing can be held or ordered."""
    webhook_secret: SecretStr | None = None
    """`whsec_...`: signs what this supplier tells us; without it nothing is believed."""


class Nivoda(Group):
    """Everything is optional; without an address and credentials its feeds cannot be used."""

    endpoint: str | None = None
    username: str | None = None
    password: SecretStr | None = None
    page_size: int = Field(default=50, ge=1, le=50)
    """50 is the supplier's maximum."""
    counts_per_request: int = Field(default=10, ge=1, le=10)
    requests_per_second: int = Field(default=25, ge=1, le=1_000)
    """Of all instances together, kept in PostgreSQL."""
    timeout_seconds: float = Field(default=45, gt=0)
    proxy_base_url: str | None = None
    """Ask through another app's `.../api/internal/nivoda`, which keeps the pace then."""
    proxy_token: SecretStr | None = None
    """What callers of that app's proxy show it, and what this app's own proxy asks for."""
    webhook_secret: SecretStr | None = None
    """`whsec_...`: signs what this supplier tells us; without it nothing is believed."""

    @property
    def missing(self) -> list[str]:
        """The settings without which nothing can be asked."""
        way_in = ("proxy_token",) if self.proxy_base_url else ("endpoint",)
        needed = (*way_in, "username", "password")
        return [f"NIVODA_{name.upper()}" for name in needed if getattr(self, name) is None]


class Currency(Group):
    frankfurter_url: str = "https://api.frankfurter.dev"
    api_version: Literal[1, 2] = 1
    """1 is frozen and the European Central Bank's 30 currencies; 2 blends banks, and has more."""
    timeout_seconds: float = Field(default=10, gt=0)
    refresh_minutes: int = Field(default=60, ge=1)
    stale_hours: int = Field(default=48, ge=1)
    """Answers flag a rate that nobody has confirmed for longer."""
    refuse_after_days: int = Field(default=7, ge=1)
    """No amount is computed with a rate of longer ago."""
    jump_limit: Share = Decimal("0.20")
    """A rate that moves by more since the last one is not believed."""

    @field_validator("api_version", mode="before")
    @classmethod
    def number(cls, given: Any) -> Any:
        return int(given) if str(given).isdigit() else given


class Webhook(Group):
    """What our partners are told by; their addresses are in the database."""

    timeout_seconds: float = Field(default=10, gt=0, le=60)
    private_addresses: bool = False
    """Also call plain HTTP and private addresses: for a machine of one's own only."""


class Retention(Group):
    """How many days things are kept; holds, purchases and audits are kept for ever."""

    run_days: int = Field(default=400, ge=30)
    """Runs with their partitions; the last completed one of a feed stays."""
    message_days: int = Field(default=30, ge=7)
    log_days: int = Field(default=90, ge=7)
    """Errors, resolved quarantine, previews, scans."""
    history_days: int = Field(default=730, ge=90)
    """Price changes and rating snapshots, which a revert needs; earlier payloads."""
    deleted_stone_days: int = Field(default=365, ge=90)
    durable_days: int = Field(default=14, ge=3)
    """The history of ended orchestrations."""


class Slack(Group):
    webhook_url: SecretStr | None = None
    """An incoming webhook; whoever knows it may post."""
    timeout_seconds: float = Field(default=10, gt=0)


class Resend(Group):
    """Mail about what somebody should look at; needs both addresses of `Alert`."""

    api_key: SecretStr | None = None
    base_url: str = "https://api.resend.com"
    timeout_seconds: float = Field(default=10, gt=0)


class Alert(Group):
    email_from: str | None = None
    email_to: str | None = None
    """One address, or several separated by commas."""

    quiet_hours: str | None = Field(
        default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
    )
    """22:00-07:00: what wakes nobody waits until they are over."""
    time_zone: str = "UTC"
    """Of the quiet hours, e.g. America/Toronto."""

    @field_validator("time_zone")
    @classmethod
    def zone_is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"no time zone is called {name}") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """From when until when, in the zone."""
        if self.quiet_hours is None:
            return None
        starts, _, ends = self.quiet_hours.partition("-")
        return time.fromisoformat(starts), time.fromisoformat(ends)

    @property
    def recipients(self) -> list[str]:
        return [name.strip() for name in (self.email_to or "").split(",") if name.strip()]


class ServiceBus(Group):
    """A connection string, or an identity's namespace; without either, messages stay inside."""

    connection_string: SecretStr | None = None
    namespace: str | None = None
    client_id: str | None = None
