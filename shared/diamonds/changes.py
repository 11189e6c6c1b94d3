"""Which stones changed, in an order that can be followed from a place without missing any.

A change is a stone and what it is now: whoever applies all of them to an earlier copy, in order
and again if need be, has today's catalogue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.diamonds import copying
from shared.platform import clock, cursor, db
from shared.platform.errors import Refusal
from shared.platform.sql import queries
from shared.price_lists import asking

SQL = queries("changes")

Kind = Literal["added", "changed", "removed"]
KEPT_HOURS = 7 * 24


class CursorTooOld(Refusal):
    """What changed since then is forgotten: copy the whole catalogue again, then follow."""

    status = 410
    code = "CURSOR_TOO_OLD"
    hint = f"Changes are kept for {KEPT_HOURS // 24} days. Export again, and go on from there."


@dataclass(frozen=True)
class Place:
    """After so many stones of one row of the log, in the order of transactions."""

    xid: int
    id: int
    done: int
    at: datetime
    since: datetime | None = None
    """Since when the prices held that were shown with it; None: retail prices, or none at all."""

    def encoded(self) -> str:
        parts = [str(self.xid), str(self.id), str(self.done), self.at.isoformat()]
        return cursor.encode([*parts, self.since.isoformat()] if self.since else parts)


@dataclass(frozen=True)
class Change:
    diamond_id: UUID
    kind: Kind
    diamond: str | None
    """As JSON; None when it is off the list."""


@dataclass(frozen=True)
class Page:
    changes: list[Change]
    place: Place
    more: bool


class _Logged(BaseModel):
    model_config = ConfigDict(frozen=True)

    xid: int
    id: int
    kind: Kind
    at: datetime
    diamond_id: UUID
    number: int


def decoded(text: str) -> Place:
    xid, number, done, at, *since = cursor.decode(text, 4, 5)
    try:
        where = int(xid or ""), int(number or ""), int(done or "")
        place = Place(*where, _moment(at), *map(_moment, since))
    except ValueError as error:
        raise cursor.bad("not made by this API") from error
    if not all(0 <= part < 2**63 for part in (place.xid, place.id, place.done)):
        raise cursor.bad("not made by this API")
    return place


def here(conn: Connection) -> Place:
    """Everything until now lies before this place, everything else after it."""
    return Place(_horizon(conn), 0, 0, clock.now(), asking.since())


def after(conn: Connection, place: Place, limit: int) -> Page:
    """What changed after a place, each stone once, as it is now."""
    horizon, now = _horizon(conn), clock.now()
    if place.xid > horizon or now - place.at > timedelta(hours=KEPT_HOURS):
        raise CursorTooOld("The cursor is from too long ago.")
    if _prices_are_others(place):
        raise CursorTooOld("All your prices have changed since, with your price list.")
    logged = db.many(
        conn,
        SQL["changes_after"],
        _Logged,
        xid=str(place.xid),
        id=place.id,
        done=place.done,
        horizon=str(horizon),
        limit=limit,
    )
    shown, more = logged[:limit], len(logged) > limit
    reached = _place(shown[-1]) if more else Place(horizon, 0, 0, now, asking.since())
    return Page(_changes(conn, shown), reached, more)


def prune(conn: Connection) -> int:
    """Forget changes that no cursor may begin before."""
    return db.execute(conn, SQL["prune_changes"], hours=KEPT_HOURS + 1)


def _changes(conn: Connection, logged: list[_Logged]) -> list[Change]:
    """In the order of the last change of each."""
    kinds: dict[UUID, set[Kind]] = {}
    for entry in logged:
        kinds[entry.diamond_id] = {*kinds.pop(entry.diamond_id, set()), entry.kind}
    listed = copying.texts(conn, list(kinds))
    return [
        Change(one, _kind(told, listed.get(one)), listed.get(one)) for one, told in kinds.items()
    ]


def _kind(told: set[Kind], diamond: str | None) -> Kind:
    if diamond is None:
        return "removed"
    return "added" if "added" in told else "changed"


def _place(entry: _Logged) -> Place:
    return Place(entry.xid, entry.id, entry.number, entry.at, asking.since())


def _prices_are_others(place: Place) -> bool:
    """Whether they are not those shown with the place; one that showed none goes by its moment."""
    since = asking.since()
    if place.since is None:
        return since is not None and place.at < since
    return place.since != since


def _horizon(conn: Connection) -> int:
    return int(db.value(conn, SQL["changes_horizon"]))


def _moment(text: str | None) -> datetime:
    moment = datetime.fromisoformat(text or "")
    if moment.tzinfo is None:
        raise ValueError("without a time zone")
    return moment
