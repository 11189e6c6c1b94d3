"""Prices that a person decides: overrides with a reason and an end, reviews of what moved far."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import clock, db
from shared.platform.errors import Invalid, NotFound
from shared.reapply import queries, standing
from shared.reapply.queries import SQL
from shared.rules.book import Author


class Override(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    diamond_id: UUID
    price: Decimal
    reason: str
    actor: str
    created_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


class Review(BaseModel):
    """A price that moved too far in one run; the old one stays until somebody decides."""

    model_config = ConfigDict(frozen=True)

    diamond_id: UUID
    old_price: Decimal
    proposed_price: Decimal
    cost: Decimal
    movement: Decimal
    run_id: UUID | None
    held_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None


class StoneNotFound(NotFound):
    code = "DIAMOND_NOT_FOUND"


class NothingToDecide(NotFound):
    code = "REVIEW_NOT_FOUND"


def override(
    conn: Connection, diamond_id: UUID, price: Decimal, by: Author, *, expires_at: datetime | None
) -> Override:
    """Sell one stone at this price until the override ends, whatever feeds and rules say."""
    standing.own(conn)
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid("The override would be over already.", fields={"expires_at": "in the past"})
    known: int = db.value(conn, SQL["clear_override"], diamond_id=diamond_id, actor=by.actor)
    if not known:
        raise StoneNotFound(f"There is no active stone {diamond_id}.")
    opened = db.get(
        conn,
        SQL["insert_override"],
        Override,
        diamond_id=diamond_id,
        price=price,
        reason=by.reason,
        actor=by.actor,
        expires_at=expires_at,
    )
    _reprice(conn, "override", [diamond_id])
    return opened


def end(conn: Connection, diamond_id: UUID, actor: str) -> Override:
    """Let the rules price a stone again."""
    standing.own(conn)
    ended = db.find(conn, SQL["end_override"], Override, diamond_id=diamond_id, actor=actor)
    if ended is None:
        raise NotFound(f"Stone {diamond_id} has no override.")
    _reprice(conn, "override", [diamond_id])
    return ended


def expire() -> int:
    """End every override whose time is over; answers how many."""
    with db.transaction() as conn:
        standing.own(conn)
        stones = db.values(conn, SQL["expire_overrides"], at=clock.now())
        if stones:
            _reprice(conn, "override", stones)
        return len(stones)


def waiting(conn: Connection, *, limit: int) -> list[Review]:
    return db.many(conn, SQL["list_reviews"], Review, limit=limit)


def decide(
    conn: Connection, diamond_id: UUID, decision: Literal["approved", "rejected"], actor: str
) -> Review:
    """Let a held price pass, or keep the old one for good."""
    standing.own(conn)
    decided = db.find(
        conn, SQL["decide_review"], Review, diamond_id=diamond_id, decision=decision, actor=actor
    )
    if decided is None:
        raise NothingToDecide(f"No price of stone {diamond_id} waits for review.")
    if decision == "approved":
        _reprice(conn, "review", [diamond_id])
    return decided


def _reprice(conn: Connection, origin: str, stones: list[UUID]) -> None:
    done = queries.reprice_batch(
        conn, standing.standing(conn), origin=origin, origin_id=None, ids=stones
    )
    queries.bump_datasets(conn, feeds=done.feeds)
