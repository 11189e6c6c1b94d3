"""What is told: an event to everybody who wants it, in the transaction of what it tells."""

from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from shared.diamonds import changes
from shared.diamonds.changes import CursorTooOld
from shared.platform import clock, db, exact_json
from shared.platform.log import Log
from shared.webhooks import queries
from shared.webhooks.model import Event, Letter

log = Log("webhooks.publishing")

MOST_CHANGES = 1_000
MOST_EVENTS = 20


def publish(
    conn: Connection,
    event: Event,
    data: dict[str, Any],
    *,
    key: str,
    client_id: UUID | None = None,
    only: UUID | None = None,
) -> int:
    """Tell everybody subscribed to the event, or those of a client, or `only` one, once per key."""
    told = {"type": event, "timestamp": clock.now(), "data": data}
    letter = Letter(id=f"msg_{uuid4().hex}", body=exact_json.dumps(told).decode())
    return queries.put_deliveries(
        conn, event=event, key=key, letter=letter, client_id=client_id, only=only
    )


def tell_changes() -> int:
    """Follow the changes of stones and tell them a page at a time; returns how many events."""
    told = 0
    while told < MOST_EVENTS and _tell_a_page():
        told += 1
    return told


def _tell_a_page() -> bool:
    with db.transaction() as conn:
        known = queries.take_feed_place(conn)
        if known is None or not queries.somebody_listens(conn, event="diamonds.changed"):
            _begin_here(conn, known)
            return False
        try:
            page = changes.after(conn, changes.decoded(known), MOST_CHANGES)
        except CursorTooOld:
            log.warning("changes of stones were not told for days; going on from now")
            _begin_here(conn, known)
            return False
        queries.move_feed(conn, place=page.place.encoded())
        if page.changes:
            publish(conn, "diamonds.changed", _summary(known, page), key=f"changes:{known}"[:200])
        return bool(page.changes)


def _begin_here(conn: Connection, known: str | None) -> None:
    here = changes.here(conn).encoded()
    if known is None:
        queries.begin_feed(conn, place=here)
    else:
        queries.move_feed(conn, place=here)


def _summary(known: str, page: changes.Page) -> dict[str, Any]:
    """Ids by what became of them; `cursor` fetches the stones themselves."""
    by_kind: dict[str, list[UUID]] = {"added": [], "changed": [], "removed": []}
    for change in page.changes:
        by_kind[change.kind].append(change.diamond_id)
    return {**by_kind, "cursor": known}
