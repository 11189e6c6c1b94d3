"""Delivering what waits in the outbox: signed, patiently, to checked addresses only."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic, perf_counter
from uuid import UUID

import httpx
from psycopg import Connection

from shared.notifications import queries as outbox
from shared.notifications import relay
from shared.notifications.model import Message
from shared.platform import clock, db
from shared.platform.errors import Terminal, Transient
from shared.platform.http import retry_after
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.webhooks import addresses, queries, signing
from shared.webhooks.model import Letter, Target

log = Log("webhooks.delivery")

WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds before each further attempt: three days in all."""
GONE = 410
BUDGET_SECONDS = 20
AT_ONCE = 4
DISABLED = "the webhook is disabled"


class Refused(Transient):
    """The receiver did not say 2xx; it may later."""

    def __init__(self, message: str, *, status: int | None, after: float | None = None) -> None:
        super().__init__(message, retry_after=after)
        self.status = status


class ReceiverGone(Terminal):
    """It answered 410: it wants nothing more."""


def deliver() -> int:
    """Deliver what is due for a bounded time, several at once; returns how many arrived."""
    deadline = monotonic() + BUDGET_SECONDS
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: _until(deadline), range(AT_ONCE)))


def _until(deadline: float) -> int:
    arrived = 0
    while monotonic() < deadline and (message := relay.claimed(["webhook"])):
        arrived += _delivered(message)
    return arrived


def _delivered(message: Message) -> bool:
    """Try once and write down how it went."""
    began, status, fault = perf_counter(), None, None
    try:
        status = _sent(message)
    except Exception as error:  # noqa: BLE001 - one receiver must not hold back the others
        fault = error
        status = getattr(error, "status", GONE if isinstance(error, ReceiverGone) else None)
    took = round((perf_counter() - began) * 1000)
    said = f"{fault}"[:1_000] if fault else None
    with db.transaction() as conn:
        queries.note_attempt(
            conn, outbox_id=message.id, status=status, error=said, duration_ms=took
        )
    if fault is None:
        relay.sent(message)
    else:
        _failed(message, fault)
    return fault is None


def _failed(message: Message, fault: Exception) -> None:
    final = isinstance(fault, Terminal) or message.attempts > len(WAITS)
    asked = fault.retry_after if isinstance(fault, Transient) else None
    wait = max(WAITS[min(message.attempts, len(WAITS)) - 1], asked or 0)
    with db.transaction() as conn:
        outbox.mark_failed(
            conn,
            id=message.id,
            attempts=message.attempts,
            error=f"{fault}"[:1_000],
            wait_seconds=wait,
            final=final,
        )
        _spare(conn, _webhook(message), fault, wait)
    log.warning("webhook not delivered", id=message.id, reason=fault, given_up=final)


def _spare(conn: Connection, webhook_id: UUID, fault: Exception, wait: float) -> None:
    """Who is gone gets nothing more; who is in trouble gets nothing else for now."""
    if isinstance(fault, ReceiverGone):
        queries.disable_webhook(conn, id=webhook_id, because=str(fault))
        queries.give_up_deliveries(conn, id=webhook_id, because=str(fault))
    elif isinstance(fault, Transient):
        queries.put_off_deliveries(conn, webhook_id=webhook_id, seconds=wait)


def _sent(message: Message) -> int:
    with db.transaction() as conn:
        target = queries.get_target(conn, id=_webhook(message))
    if target is None:
        raise Terminal(DISABLED)
    return _posted(target, Letter.model_validate(message.payload))


def _posted(target: Target, letter: Letter) -> int:
    config = settings().webhook
    there = addresses.checked(target.url, anywhere=config.private_addresses)
    body = letter.body.encode()
    keys = [key for key in (target.secret, target.old_secret) if key]
    signed = signing.headers(letter.id, clock.now(), body, keys)
    try:
        with (
            httpx.Client(timeout=config.timeout_seconds, trust_env=False) as client,
            client.stream(
                "POST",
                there.url,
                content=body,
                headers={"Host": there.host, "Content-Type": "application/json", **signed},
                extensions={"sni_hostname": there.name},
            ) as answer,
        ):
            return _judged(answer)
    except httpx.HTTPError as error:
        raise Refused(f"not reachable: {error or type(error).__name__}", status=None) from error


def _judged(answer: httpx.Response) -> int:
    """The body is left unread: nothing in it is for us."""
    status = answer.status_code
    if answer.is_success:
        return status
    if status == GONE:
        raise ReceiverGone("it answered 410: gone")
    raise Refused(f"it answered {status}", status=status, after=retry_after(answer))


def _webhook(message: Message) -> UUID:
    if message.webhook_id is None:
        raise Terminal("not a delivery")
    return message.webhook_id
