"""A stone set aside, and what it takes to set one aside."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict

from shared.diamonds.model import StoneType
from shared.platform import exact_json
from shared.price_lists.model import Terms

HoldStatus = Literal["requesting", "active", "denied", "refused", "released", "expired", "bought"]


def _parsed(text: str | None) -> Any:
    return None if text is None else exact_json.loads(text)


Written = Annotated[dict[str, Any] | None, BeforeValidator(_parsed)]
"""A refusal kept as JSON text, so that its money keeps its digits."""


class Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class StoneForSale(Row):
    """One offer of a stone, with our price and the supplier's it was made from."""

    diamond_id: UUID
    feed: str
    supplier_stone_id: str
    offer_id: str
    certificate_lab: str | None
    certificate_number: str | None
    price: Decimal
    cost: Decimal
    stone_type: StoneType
    rule_set_version: int


class Hold(Row):
    id: UUID
    client_name: str
    requested_diamond_id: UUID
    diamond_id: UUID
    feed: str
    supplier_stone_id: str
    offer_id: str
    status: HoldStatus
    price: Decimal
    quoted: bool
    cost: Decimal
    price_points: int | None
    price_places: int | None
    asked_at: datetime | None
    attempts: int
    supplier_hold_id: str | None
    supplier_until: datetime | None
    give_back: bool
    refusal: Written
    purchase_id: UUID | None
    requested_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def at_its_terms(self, retail: Decimal | None) -> Decimal | None:
        """A retail price as this hold's client pays it."""
        terms = Terms.kept(self.price_points, self.price_places)
        return terms.price(retail) if terms and retail is not None else retail


class HoldEvent(Row):
    id: int
    event: str
    status: HoldStatus
    diamond_id: UUID
    feed: str
    feed_hold_id: str | None
    denied: bool
    hold_until: datetime | None
    detail: Mapping[str, Any]
    created_at: datetime


class Pause(Row):
    """Nothing new of this feed, or of any ('*'), is held or sold."""

    scope: str
    reason: str
    paused_by: str
    paused_at: datetime
