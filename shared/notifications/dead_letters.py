"""Messages no consumer could use, kept in the database until somebody puts them back."""

from collections.abc import Sequence

from psycopg import Connection

from shared.notifications import outbox, queries
from shared.notifications.model import DeadLetter, Posted
from shared.platform.log import Log

log = Log("notifications.dead_letters")

bury = queries.bury_message
list_buried = queries.list_dead_letters


def requeue(
    conn: Connection, *, queue: str, ids: Sequence[int] | None, requeued_by: str
) -> list[DeadLetter]:
    """Put messages back into their queue after the commit: all, or those named."""
    letters = queries.take_dead_letters(conn, queue=queue, ids=ids, requeued_by=requeued_by)
    for letter in letters:
        posted = Posted(queue=letter.queue, body=letter.body)
        outbox.post(conn, posted, category="requeued", key=f"requeued:{letter.id}")
    log.info("dead letters requeued", queue=queue, messages=len(letters), by=requeued_by)
    return letters
