"""What the supplier lists, what it can be asked, and what it answers."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from orjson import Fragment
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from shared.platform.payload import Payload

Dollars = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Share = Annotated[float, Field(ge=0, le=1)]
Stones = Annotated[int, Field(ge=0, le=50_000)]


class Answered(BaseModel):
    """The supplier speaks snake_case, as its columns do."""

    model_config = ConfigDict(frozen=True)


class Listing(Answered):
    """One stone on offer; the fields are the columns of `demo_feed_inventory`, in their order."""

    id: UUID
    stone_id: str
    weight_ct: Decimal
    stone_shape: str
    stone_color: str
    stone_clarity: str
    cut_grade: str | None
    polish_grade: str
    symmetry_grade: str
    fluorescence_level: str
    asking_price_usd: Decimal
    price_per_ct_usd: Decimal
    depth_pct: Decimal
    table_pct: Decimal
    length_mm: Decimal | None
    width_mm: Decimal | None
    depth_mm: Decimal | None
    is_lab_created: bool
    is_treated: bool
    availability_status: str
    cert_lab: str
    cert_number: str
    image_link: str
    vendor_name: str
    created_at: datetime
    updated_at: datetime


class Wanted(Payload):
    """`price_min` <= asking price < `price_below`, changed at or after `updated_from`."""

    price_min: Dollars | None = None
    price_below: Dollars | None = None
    updated_from: AwareDatetime | None = None

    @model_validator(mode="after")
    def not_upside_down(self) -> Self:
        if self.price_min and self.price_below is not None and self.price_min > self.price_below:
            raise ValueError("price_min is above price_below")
        return self


class WantedPage(Wanted):
    offset: int = Field(default=0, ge=0, le=100_000_000)
    limit: int = Field(default=100, ge=1, le=1_000)


class Counted(Answered):
    total_count: int


class Page(Answered):
    """`items` are the listings as JSON, for the answer to take over as they are."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: Fragment
    offset: int
    limit: int


class Seed(Payload):
    reset: bool = False
    """Throw away what is there and start anew."""


class Seeded(Answered):
    stones: int
    seeded: bool
    """False when the inventory was there already and was left alone."""


class Changes(Payload):
    """How many stones to sell, reprice and add; `seed` chooses which, always the same ones."""

    sell: Stones = 0
    reprice: Stones = 0
    add: Stones = 0
    seed: int = Field(default=1, ge=0, le=2**31)


class Changed(Answered):
    """Which stones were touched; no stone is in two of the lists."""

    sold: list[str]
    repriced: list[str]
    added: list[str]


class Knobs(Payload):
    """How the supplier is made to misbehave; the defaults are good behaviour."""

    outage_share: Share = 0
    """At least this share of the stones, the dearest, is out of reach of page requests."""
    status: int = Field(default=503, ge=400, le=599)
    """What such a page request is answered with."""
    latency_ms: int = Field(default=0, ge=0, le=60_000)
    """How long every page request takes at least."""
    malformed_share: Share = 0
    """This share of the listings, always the same ones, is served with an unreadable weight."""
