"""The supplier's counter: stones held, given back, ordered; each call one transaction."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, Field

from shared.demo_supplier import dataset
from shared.demo_supplier.inventory import StoneUnknown
from shared.demo_supplier.model import Answered
from shared.platform import db
from shared.platform.errors import Conflict, NotFound
from shared.platform.payload import Payload
from shared.platform.sql import queries

SQL = queries("demo_supplier")

HOLD_HOURS = 48


class NotForSale(Conflict):
    code = "NOT_FOR_SALE"


class Offer(Answered):
    """A stone as it can be traded now; `hold_id` is the hold that lies on it."""

    stone_id: str
    offer_id: UUID
    availability_status: str
    asking_price_usd: Decimal
    hold_id: UUID | None


class PlaceHold(Payload):
    stone_id: str = Field(pattern=dataset.STONE_ID.pattern)


class Held(Answered):
    id: UUID
    hold_until: datetime


class Released(Answered):
    stone_id: str


class PlaceOrder(Payload):
    offer_id: UUID
    reference: str = Field(min_length=1, max_length=100)
    comments: str | None = Field(default=None, max_length=1_000)
    destination_id: str | None = Field(default=None, max_length=100)


class Placed(Answered):
    id: UUID


class _Listing(BaseModel):
    stone_id: str
    availability_status: str
    asking_price_usd: Decimal


def offer(conn: Connection, stone_id: str) -> Offer:
    found = db.find(conn, SQL["find_offer"], Offer, stone_id=stone_id)
    if found is None:
        raise StoneUnknown(stone_id)
    return found


def hold(conn: Connection, asked: PlaceHold) -> Held:
    """Set a stone aside for 48 hours."""
    listing = _locked(conn, stone_id=asked.stone_id)
    db.execute(conn, SQL["lapse_hold"], stone_id=listing.stone_id)
    if offer(conn, listing.stone_id).hold_id or listing.availability_status == "sold":
        raise NotForSale(f"{listing.stone_id} is {listing.availability_status}.")
    db.execute(conn, SQL["move_listing"], stone_id=listing.stone_id, availability="on_hold")
    return db.get(conn, SQL["insert_hold"], Held, stone_id=listing.stone_id, hours=HOLD_HOURS)


def release(conn: Connection, hold_id: UUID) -> Released:
    stone_id = db.value(conn, SQL["cancel_hold"], hold_id=hold_id)
    if stone_id is None:
        raise NotFound(f"There is no hold {hold_id}.")
    db.execute(conn, SQL["move_listing"], stone_id=stone_id, availability="available")
    return Released(stone_id=stone_id)


def order(conn: Connection, asked: PlaceOrder) -> Placed:
    """Sell a stone; a hold on it is the one customer's, as every hold here."""
    listing = _locked(conn, offer_id=asked.offer_id)
    if listing.availability_status == "sold":
        raise NotForSale(f"{listing.stone_id} is sold.")
    db.execute(conn, SQL["end_holds"], stone_id=listing.stone_id)
    db.execute(conn, SQL["move_listing"], stone_id=listing.stone_id, availability="sold")
    said = asked.model_dump(include={"reference", "comments", "destination_id"})
    placed = {"stone_id": listing.stone_id, "price_usd": listing.asking_price_usd, **said}
    return db.get(conn, SQL["insert_order"], Placed, **placed)


def _locked(
    conn: Connection, *, stone_id: str | None = None, offer_id: UUID | None = None
) -> _Listing:
    asked: dict[str, Any] = {"stone_id": stone_id, "offer_id": offer_id}
    listing = db.find(conn, SQL["lock_listing"], _Listing, **asked)
    if listing is None:
        raise StoneUnknown(str(stone_id or offer_id))
    return listing
