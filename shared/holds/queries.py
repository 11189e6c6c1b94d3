from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb

from shared.diamonds.model import Availability
from shared.holds.model import Hold, HoldEvent, HoldStatus, Pause, StoneForSale
from shared.platform import db
from shared.platform.sql import queries
from shared.price_lists.model import Terms

SQL = queries("holds")


def find_stone_for_sale(conn: Connection, *, diamond_id: UUID) -> StoneForSale | None:
    return db.find(conn, SQL["find_stone_for_sale"], StoneForSale, diamond_id=diamond_id)


def find_pause(conn: Connection, *, feed: str) -> Pause | None:
    return db.find(conn, SQL["find_pause"], Pause, feed=feed)


def list_pauses(conn: Connection) -> list[Pause]:
    return db.many(conn, SQL["list_pauses"], Pause)


def pause(conn: Connection, *, scope: str, reason: str, paused_by: str) -> Pause:
    return db.get(conn, SQL["pause"], Pause, scope=scope, reason=reason, paused_by=paused_by)


def resume(conn: Connection, *, scope: str) -> Pause | None:
    return db.find(conn, SQL["resume"], Pause, scope=scope)


def insert_hold(
    conn: Connection,
    stone: StoneForSale,
    *,
    id: UUID,  # noqa: A002 - the column's name
    client_name: str,
    client_key: str | None,
    price: Decimal,
    quoted: bool,
    terms: Terms | None,
    purchase_id: UUID | None,
    minutes: int,
) -> Hold | None:
    return db.find(
        conn,
        SQL["insert_hold"],
        Hold,
        id=id,
        client_name=client_name,
        client_key=client_key,
        price_points=terms and terms.points,
        price_places=terms and terms.places,
        purchase_id=purchase_id,
        minutes=minutes,
        **stone.model_dump() | {"price": price, "quoted": quoted},
    )


def find_hold(conn: Connection, *, hold_id: UUID) -> Hold | None:
    return db.find(conn, SQL["find_hold"], Hold, hold_id=hold_id)


def find_hold_by_key(conn: Connection, *, client_name: str, client_key: str) -> Hold | None:
    return db.find(
        conn, SQL["find_hold_by_key"], Hold, client_name=client_name, client_key=client_key
    )


def find_open_hold(conn: Connection, *, diamond_id: UUID) -> Hold | None:
    return db.find(conn, SQL["find_open_hold"], Hold, diamond_id=diamond_id)


def list_holds(
    conn: Connection,
    *,
    client_name: str,
    status: HoldStatus | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Hold]:
    moment, last = before or (None, None)
    return db.many(
        conn,
        SQL["list_holds"],
        Hold,
        client_name=client_name,
        status=status,
        before=moment,
        before_id=last,
        limit=limit,
    )


def list_hold_history(conn: Connection, *, hold_id: UUID) -> list[HoldEvent]:
    return db.many(conn, SQL["list_hold_history"], HoldEvent, hold_id=hold_id)


def record(
    conn: Connection, hold_id: UUID, event: str, *, denied: bool = False, **detail: str
) -> None:
    db.execute(
        conn, SQL["record"], hold_id=hold_id, event=event, denied=denied, detail=Jsonb(detail)
    )


def claim_hold(conn: Connection, *, hold_id: UUID, lease_seconds: int) -> Hold | None:
    return db.find(conn, SQL["claim_hold"], Hold, hold_id=hold_id, lease_seconds=lease_seconds)


def mark_asked(
    conn: Connection, *, hold_id: UUID, offer_id: str, lease_seconds: int
) -> Hold | None:
    return db.find(
        conn,
        SQL["mark_asked"],
        Hold,
        hold_id=hold_id,
        offer_id=offer_id,
        lease_seconds=lease_seconds,
    )


def activate_hold(
    conn: Connection, *, hold_id: UUID, supplier_hold_id: str, supplier_until: datetime | None
) -> Hold:
    return db.get(
        conn,
        SQL["activate_hold"],
        Hold,
        hold_id=hold_id,
        supplier_hold_id=supplier_hold_id,
        supplier_until=supplier_until,
    )


def switch_offer(conn: Connection, stone: StoneForSale, *, hold_id: UUID) -> Hold | None:
    return db.find(conn, SQL["switch_offer"], Hold, hold_id=hold_id, **stone.model_dump())


def list_other_offers(conn: Connection, *, hold_id: UUID, tolerance: Decimal) -> list[StoneForSale]:
    return db.many(
        conn, SQL["list_other_offers"], StoneForSale, hold_id=hold_id, tolerance=tolerance
    )


def end_hold(
    conn: Connection,
    *,
    hold_id: UUID,
    status: HoldStatus,
    from_statuses: Sequence[HoldStatus],
    refusal: str | None = None,
) -> Hold | None:
    return db.find(
        conn,
        SQL["end_hold"],
        Hold,
        hold_id=hold_id,
        status=status,
        from_statuses=list(from_statuses),
        refusal=refusal,
    )


def extend_hold(
    conn: Connection, *, hold_id: UUID, minutes: int, longest_minutes: int
) -> Hold | None:
    return db.find(
        conn,
        SQL["extend_hold"],
        Hold,
        hold_id=hold_id,
        minutes=minutes,
        longest_minutes=longest_minutes,
    )


def rest_on_hold(conn: Connection, *, hold_id: UUID, purchase_id: UUID) -> Hold | None:
    return db.find(conn, SQL["rest_on_hold"], Hold, hold_id=hold_id, purchase_id=purchase_id)


def expire_holds(conn: Connection, *, diamond_id: UUID | None = None, limit: int) -> list[Hold]:
    return db.many(conn, SQL["expire_holds"], Hold, diamond_id=diamond_id, limit=limit)


def list_unsettled_holds(conn: Connection, *, quiet_seconds: int, limit: int) -> list[UUID]:
    return db.values(conn, SQL["list_unsettled_holds"], quiet_seconds=quiet_seconds, limit=limit)


def claim_hold_to_give_back(
    conn: Connection, *, diamond_id: UUID | None, lease_seconds: int
) -> Hold | None:
    return db.find(
        conn,
        SQL["claim_hold_to_give_back"],
        Hold,
        diamond_id=diamond_id,
        lease_seconds=lease_seconds,
    )


def given_back(conn: Connection, *, hold_id: UUID) -> Hold:
    return db.get(conn, SQL["given_back"], Hold, hold_id=hold_id)


def is_our_hold(conn: Connection, *, feed: str, supplier_hold_id: str) -> bool:
    return bool(db.value(conn, SQL["is_our_hold"], feed=feed, supplier_hold_id=supplier_hold_id))


def settle_availability(conn: Connection, *, diamond_id: UUID) -> None:
    db.execute(conn, SQL["settle_availability"], diamond_id=diamond_id)


def doubt_stone(conn: Connection, *, diamond_id: UUID, availability: Availability) -> None:
    db.execute(conn, SQL["doubt_stone"], diamond_id=diamond_id, availability=availability)
