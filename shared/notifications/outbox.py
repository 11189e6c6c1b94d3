"""Saying something after the commit: written in the transaction of what it tells."""

from psycopg import Connection

from shared.notifications import queries
from shared.notifications.model import BAD, ROUTINE, Category, Destination, Notice, Posted
from shared.notifications.quiet import seconds_to_wait
from shared.platform import clock
from shared.platform.settings import settings

RECOVERED: Category = "run_recovered"


def tell(conn: Connection, notice: Notice) -> None:
    """Tell everybody who is configured, once per incident; the log also in quiet hours."""
    destinations = _destinations(notice.category)
    quiet = seconds_to_wait(notice.category, clock.now(), settings().alert)
    queries.put_messages(
        conn,
        destinations=destinations,
        category=notice.category,
        incident_key=notice.incident_key,
        feed=notice.feed,
        payload=notice,
        wait_seconds=0 if destinations == ["log"] else quiet,
    )


def in_trouble(conn: Connection, feed: str) -> bool:
    """Whether the last thing people heard of the feed was bad."""
    return queries.open_trouble(conn, feed=feed, bad=BAD, good=(RECOVERED, "run_completed"))


def post(
    conn: Connection, posted: Posted, *, category: str, key: str, wait_seconds: float = 0
) -> None:
    """Send a message to a queue, once per key, and not before so many seconds are over."""
    queries.put_messages(
        conn,
        destinations=["bus"],
        category=category,
        incident_key=key,
        feed=None,
        payload=posted,
        wait_seconds=wait_seconds,
    )


def _destinations(category: Category) -> list[Destination]:
    found: list[Destination] = []
    if settings().slack.webhook_url:
        found.append("slack")
    if settings().resend.api_key and category not in ROUTINE:
        found.append("email")
    return found or ["log"]
