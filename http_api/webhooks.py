"""Webhooks of a client: subscribe, see what was delivered, have it delivered again."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, model_validator

from http_api.endpoint import Answer, Asked, Call, Moment, Nothing, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.platform.db import request_transaction, transaction
from shared.webhooks import queries, service
from shared.webhooks.model import Event, Webhook

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Events = Annotated[list[Event], Field(min_length=1, max_length=20)]


class Subscribe(Asked):
    """Deliveries are POSTed to `url`, signed by the Standard Webhooks specification."""

    url: Url
    events: Events


class ChangeWebhook(Asked):
    """What is left out stays; `enabled` true also ends what a 410 did."""

    url: Url | None = None
    events: Events | None = None
    enabled: bool | None = None


class Replay(Asked):
    """Either `ids` of deliveries, or all that were given up `since` a moment."""

    ids: list[int] | None = Field(default=None, min_length=1, max_length=1_000)
    since: Moment | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.ids is None) == (self.since is None):
            raise ValueError("give either ids or since")
        return self


class DeliveryList(Asked):
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class WebhookView(Answer):
    id: UUID
    url: str
    events: list[Event]
    created_at: datetime
    disabled_at: datetime | None
    disabled_because: str | None
    old_secret_until: datetime | None


class NewWebhook(WebhookView):
    secret: str | None
    """Shown this once; verify deliveries with it. Left out of an answer that is repeated."""


class OneWebhook(Answer):
    data: WebhookView


class OneNewWebhook(Answer):
    data: NewWebhook

    def remembered(self) -> Self:
        return self.model_copy(update={"data": self.data.model_copy(update={"secret": None})})


class Webhooks(Answer):
    data: list[WebhookView]


class AttemptView(Answer):
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


class DeliveryView(Answer):
    id: int
    event: str
    message_id: str
    """The `webhook-id` header: the same at every attempt and replay."""
    status: str
    attempts: list[AttemptView]
    last_error: str | None
    next_attempt_at: datetime
    created_at: datetime


class Deliveries(Answer):
    data: list[DeliveryView]
    pagination: Page


class Replayed(Answer):
    replayed: list[int]


@bp.route("v2/webhooks", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE, body=Subscribe, status=201)
def create_webhook(call: Call[Subscribe]) -> OneNewWebhook:
    """Subscribe to events; the answer is the only place the secret appears."""
    with transaction() as conn:
        made = service.subscribe(conn, call.caller, call.asked.url, call.asked.events)
    return OneNewWebhook(data=NewWebhook.model_validate(made))


@bp.route("v2/webhooks", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE)
def list_webhooks(call: Call[Nothing]) -> Webhooks:
    """Your own, oldest first."""
    with request_transaction() as conn:
        found = queries.list_webhooks(conn, client_id=call.caller.client_id)
    return Webhooks(data=[WebhookView.model_validate(webhook) for webhook in found])


@bp.route("v2/webhooks/{webhook_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE)
def get_webhook(call: Call[Nothing]) -> OneWebhook:
    """One of yours, and whether it is disabled."""
    with request_transaction() as conn:
        found = service.get(conn, call.caller, call.id("webhook_id"))
    return OneWebhook(data=WebhookView.model_validate(found))


@bp.route("v2/webhooks/{webhook_id}", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE, body=ChangeWebhook)
def update_webhook(call: Call[ChangeWebhook]) -> OneWebhook:
    """Another address, other events, disable or enable."""
    asked = call.asked
    with transaction() as conn:
        webhook = service.get(conn, call.caller, call.id("webhook_id"))
        changed = service.change(
            conn, webhook, url=asked.url, events=asked.events, enabled=asked.enabled
        )
    return OneWebhook(data=WebhookView.model_validate(changed))


@bp.route("v2/webhooks/{webhook_id}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE)
def delete_webhook(call: Call[Nothing]) -> OneWebhook:
    """Unsubscribe; what waits to be delivered is dropped."""
    with transaction() as conn:
        webhook = service.get(conn, call.caller, call.id("webhook_id"))
        queries.delete_webhook(conn, webhook)
    return OneWebhook(data=WebhookView.model_validate(webhook))


@bp.route("v2/webhooks/{webhook_id}/secret", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE)
def rotate_webhook_secret(call: Call[Nothing]) -> OneNewWebhook:
    """A new secret; deliveries carry signatures of both for 24 hours."""
    with transaction() as conn:
        webhook = service.get(conn, call.caller, call.id("webhook_id"))
        rotated = service.rotate(conn, webhook)
    return OneNewWebhook(data=NewWebhook.model_validate(rotated))


@bp.route("v2/webhooks/{webhook_id}/test", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE, status=202)
def test_webhook(call: Call[Nothing]) -> OneWebhook:
    """Have a harmless event delivered."""
    with transaction() as conn:
        webhook: Webhook = service.get(conn, call.caller, call.id("webhook_id"))
        service.test(conn, webhook)
    return OneWebhook(data=WebhookView.model_validate(webhook))


@bp.route("v2/webhooks/{webhook_id}/deliveries", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE, query=DeliveryList)
def list_webhook_deliveries(call: Call[DeliveryList]) -> Deliveries:
    """What was delivered or tried, newest first, with every attempt."""
    asked = call.asked
    with request_transaction() as conn:
        webhook = service.get(conn, call.caller, call.id("webhook_id"))
        found = queries.list_deliveries(
            conn, webhook_id=webhook.id, before=number(asked.cursor), limit=asked.limit + 1
        )
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return Deliveries(data=[DeliveryView.model_validate(one) for one in shown], pagination=page)


@bp.route("v2/webhooks/{webhook_id}/replay", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.WEBHOOKS_WRITE, body=Replay, status=202)
def replay_webhook(call: Call[Replay]) -> Replayed:
    """Have deliveries made again, under the same message ids."""
    asked = call.asked
    with transaction() as conn:
        webhook = service.get(conn, call.caller, call.id("webhook_id"))
        again = service.replay(conn, webhook, ids=asked.ids, since=asked.since)
    return Replayed(replayed=sorted(again))
