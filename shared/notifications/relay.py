"""From the outbox into the world; what cannot be delivered waits, and says why."""

from collections.abc import Callable, Sequence
from time import monotonic

from shared.notifications import queries, resend, slack
from shared.notifications.model import Destination, Message, Notice, Posted
from shared.platform import bus, db
from shared.platform.errors import Terminal, Transient
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("notifications.relay")

BUDGET_SECONDS = 20
LEASE_SECONDS = 120
"""A sender that has not come back by then is dead."""
ATTEMPTS = 10
FIRST_WAIT = 15
LONGEST_WAIT = 3_600
KEPT_DAYS = 30


def relay() -> int:
    """Send what is due and has somewhere to go; returns how many arrived."""
    deadline = monotonic() + BUDGET_SECONDS
    reachable = [name for name in SENDERS if name != "bus" or bus.configured()]
    arrived = 0
    while monotonic() < deadline and (message := claimed(reachable)):
        if delivered(message, SENDERS[message.destination]):
            arrived += 1
        else:
            reachable.remove(message.destination)  # the next one would meet the same
    _prune()
    return arrived


def claimed(destinations: Sequence[Destination]) -> Message | None:
    with db.transaction() as conn:
        return queries.claim_message(conn, destinations=destinations, lease_seconds=LEASE_SECONDS)


def delivered(message: Message, send: Callable[[Message], None]) -> bool:
    """Try once and write down how it went."""
    try:
        send(message)
    except Exception as error:  # noqa: BLE001 - one message must not hold back the others
        failed(message, error)
        return False
    sent(message)
    return True


def sent(message: Message) -> None:
    with db.transaction() as conn:
        queries.mark_sent(conn, id=message.id, attempts=message.attempts)


def failed(message: Message, error: Exception) -> None:
    final = isinstance(error, Terminal) or message.attempts >= ATTEMPTS
    with db.transaction() as conn:
        queries.mark_failed(
            conn,
            id=message.id,
            attempts=message.attempts,
            error=f"{type(error).__name__}: {error}"[:1_000],
            wait_seconds=_wait(message.attempts, error),
            final=final,
        )
    said = "message given up" if final else "message not delivered"
    log.error(said, id=message.id, destination=message.destination, reason=error)


def _wait(attempts: int, error: Exception) -> float:
    asked_for = error.retry_after if isinstance(error, Transient) else None
    return max(min(FIRST_WAIT * 2.0 ** (attempts - 1), LONGEST_WAIT), asked_for or 0)


def _to_slack(message: Message) -> None:
    slack.send(Notice.model_validate(message.payload), settings().slack)


def _to_mailboxes(message: Message) -> None:
    notice = Notice.model_validate(message.payload)
    resend.send(notice, settings().resend, settings().alert)


def _to_log(message: Message) -> None:
    notice = Notice.model_validate(message.payload)
    log.info(notice.title, category=notice.category, feed=notice.feed, text=notice.text)


def _to_bus(message: Message) -> None:
    posted = Posted.model_validate(message.payload)
    bus.send(posted.queue, posted.body, message_id=message.incident_key, trace_id=posted.trace_id)


SENDERS: dict[Destination, Callable[[Message], None]] = {
    "slack": _to_slack,
    "email": _to_mailboxes,
    "log": _to_log,
    "bus": _to_bus,
}


def _prune() -> None:
    with db.transaction() as conn:
        queries.prune_messages(conn, days=KEPT_DAYS)
