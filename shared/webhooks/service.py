"""Subscriptions: made, changed, tried, and delivered again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg import Connection

from shared.access.model import ApiKey
from shared.platform.errors import Conflict, Invalid, NotFound, UpstreamError
from shared.platform.settings import settings
from shared.webhooks import addresses, publishing, queries, signing
from shared.webhooks.model import Event, Webhook

MOST_OF_A_CLIENT = 20
OLD_SECRET_HOURS = 24


class WebhookNotFound(NotFound):
    code = "WEBHOOK_NOT_FOUND"


class TooManyWebhooks(Conflict):
    code = "TOO_MANY_WEBHOOKS"
    hint = f"A client may have {MOST_OF_A_CLIENT}; delete one first."


class WebhookDisabled(Conflict):
    """Nothing is delivered to a disabled webhook; enable it first."""

    code = "WEBHOOK_DISABLED"


def subscribe(conn: Connection, caller: ApiKey, url: str, events: Sequence[Event]) -> Webhook:
    check(url)
    made = queries.insert_webhook(
        conn,
        client_id=caller.client_id,
        url=url,
        events=events,
        secret=signing.new_secret(),
        most=MOST_OF_A_CLIENT,
    )
    if made is None:
        raise TooManyWebhooks("You have as many webhooks as a client may.")
    return made


def get(conn: Connection, caller: ApiKey, webhook_id: UUID) -> Webhook:
    found = queries.find_webhook(conn, id=webhook_id, client_id=caller.client_id)
    if found is None:
        raise WebhookNotFound(f"There is no webhook {webhook_id} of yours.")
    return found


def change(
    conn: Connection,
    webhook: Webhook,
    *,
    url: str | None,
    events: Sequence[Event] | None,
    enabled: bool | None,
) -> Webhook:
    if url is not None:
        check(url)
    return _still_there(
        queries.update_webhook(conn, webhook, url=url, events=events, enabled=enabled)
    )


def rotate(conn: Connection, webhook: Webhook) -> Webhook:
    """A new secret; the old one signs besides for a day."""
    secret = signing.new_secret()
    return _still_there(queries.rotate_secret(conn, webhook, secret=secret, hours=OLD_SECRET_HOURS))


def test(conn: Connection, webhook: Webhook) -> None:
    """Send something harmless to see it arrive."""
    _must_be_enabled(webhook)
    data = {"message": "It works."}
    publishing.publish(conn, "webhook.test", data, key=f"test:{uuid4()}", only=webhook.id)


def replay(
    conn: Connection, webhook: Webhook, *, ids: Sequence[int] | None, since: datetime | None
) -> list[int]:
    """Deliver again, under the same message ids: those named, or all given up since a moment."""
    _must_be_enabled(webhook)
    return queries.replay_deliveries(conn, webhook_id=webhook.id, ids=ids, since=since)


def check(url: str) -> None:
    """Refuse at once what would be refused at delivery."""
    try:
        addresses.checked(url, anywhere=settings().webhook.private_addresses)
    except UpstreamError as error:
        hint = "Use an https URL whose name resolves to public addresses."
        raise Invalid(
            "Nothing can be sent there.", fields={"url": str(error)}, hint=hint
        ) from error


def _must_be_enabled(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        raise WebhookDisabled(f"The webhook is disabled: {webhook.disabled_because}.")


def _still_there(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise WebhookNotFound("The webhook has just been deleted.")
    return webhook
