"""Every endpoint by its name: what may be asked of it, and what it does."""

from collections.abc import Callable
from typing import NamedTuple

from local.partners.stripe import intents, refunds, sessions
from local.partners.stripe.desk import Desk, Json, new
from local.partners.stripe.listing import page
from local.partners.stripe.params import (
    Call,
    CancelIntent,
    CaptureIntent,
    CreateEndpoint,
    CreateRefund,
    CreateSession,
    ListCharges,
    ListEvents,
    Listing,
    ListSessions,
    OfCharge,
    Params,
)


class Operation(NamedTuple):
    method: str
    path: str
    params: type[Params]
    run: Callable[..., Json]
    """Called with the desk, what was asked and what the path names."""


def retrieve(prefix: str, param: str | None = None) -> Callable[..., Json]:
    def run(desk: Desk, asked: Call, which: str) -> Json:  # noqa: ARG001 - as every operation
        return desk.get(prefix, which, param)

    return run


def listed(kind: str, path: str, *filters: str) -> Callable[..., Json]:
    def run(desk: Desk, asked: Listing) -> Json:
        wanted = {name: value for name in filters if (value := getattr(asked, name)) is not None}
        found = [
            body
            for body in desk.store.every(kind)
            if all(body[name] == value for name, value in wanted.items())
        ]
        return page(found, asked, path)

    return run


def list_events(desk: Desk, asked: ListEvents) -> Json:
    wanted = asked.types or ([asked.type] if asked.type else None)
    found = desk.store.every("event")
    if wanted:
        found = [event for event in found if any(_matches(event["type"], name) for name in wanted)]
    return page(found, asked, "/v1/events")


def list_line_items(desk: Desk, asked: Listing, which: str) -> Json:  # noqa: ARG001
    return sessions.line_items(desk.get("cs_test", which))


def create_endpoint(desk: Desk, asked: CreateEndpoint) -> Json:
    secret = new("whsec", 32)
    endpoint = endpoint_of(new("we"), asked.url, asked.enabled_events, secret, desk.now)
    desk.put(endpoint)
    return endpoint | {"secret": secret}


def delete_endpoint(desk: Desk, asked: Call, which: str) -> Json:  # noqa: ARG001
    desk.get("we", which)
    desk.store.drop(which)
    return {"id": which, "object": "webhook_endpoint", "deleted": True}


def endpoint_of(which: str, url: str, events: list[str], secret: str, now: int) -> Json:
    return {
        "id": which,
        "object": "webhook_endpoint",
        "api_version": None,
        "created": now,
        "description": None,
        "enabled_events": events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_secret": secret,
    }


def _matches(kind: str, name: str) -> bool:
    stem = name.removesuffix("*")
    return kind.startswith(stem) if name.endswith("*") else kind == name


SESSIONS, INTENTS, CHARGES = "/v1/checkout/sessions", "/v1/payment_intents", "/v1/charges"
REFUNDS, EVENTS, ENDPOINTS = "/v1/refunds", "/v1/events", "/v1/webhook_endpoints"
DISPUTES = "/v1/disputes"
ONE = "/{which}"
INTENTS_LISTED = listed("payment_intent", INTENTS)
SESSIONS_LISTED = listed("checkout.session", SESSIONS, "payment_intent", "status")
CHARGES_LISTED = listed("charge", CHARGES, "payment_intent")
REFUNDS_LISTED = listed("refund", REFUNDS, "charge", "payment_intent")
DISPUTES_LISTED = listed("dispute", DISPUTES, "charge", "payment_intent")
ENDPOINTS_LISTED = listed("webhook_endpoint", ENDPOINTS)
LINE_ITEMS = f"{SESSIONS}/{{which}}/line_items"

OPERATIONS = {
    "sessions.create": Operation("POST", SESSIONS, CreateSession, sessions.create),
    "sessions.list": Operation("GET", SESSIONS, ListSessions, SESSIONS_LISTED),
    "sessions.retrieve": Operation("GET", SESSIONS + ONE, Call, retrieve("cs_test")),
    "sessions.expire": Operation("POST", f"{SESSIONS}{ONE}/expire", Call, sessions.expire),
    "sessions.line_items": Operation("GET", LINE_ITEMS, Listing, list_line_items),
    "payment_intents.list": Operation("GET", INTENTS, Listing, INTENTS_LISTED),
    "payment_intents.retrieve": Operation("GET", INTENTS + ONE, Call, retrieve("pi", "intent")),
    "payment_intents.capture": Operation(
        "POST", f"{INTENTS}{ONE}/capture", CaptureIntent, intents.capture
    ),
    "payment_intents.cancel": Operation(
        "POST", f"{INTENTS}{ONE}/cancel", CancelIntent, intents.cancel
    ),
    "charges.list": Operation("GET", CHARGES, ListCharges, CHARGES_LISTED),
    "charges.retrieve": Operation("GET", CHARGES + ONE, Call, retrieve("ch")),
    "refunds.create": Operation("POST", REFUNDS, CreateRefund, refunds.create),
    "refunds.list": Operation("GET", REFUNDS, OfCharge, REFUNDS_LISTED),
    "refunds.retrieve": Operation("GET", REFUNDS + ONE, Call, retrieve("re")),
    "disputes.list": Operation("GET", DISPUTES, OfCharge, DISPUTES_LISTED),
    "disputes.retrieve": Operation("GET", DISPUTES + ONE, Call, retrieve("dp")),
    "events.list": Operation("GET", EVENTS, ListEvents, list_events),
    "events.retrieve": Operation("GET", EVENTS + ONE, Call, retrieve("evt")),
    "webhook_endpoints.create": Operation("POST", ENDPOINTS, CreateEndpoint, create_endpoint),
    "webhook_endpoints.list": Operation("GET", ENDPOINTS, Listing, ENDPOINTS_LISTED),
    "webhook_endpoints.delete": Operation("DELETE", ENDPOINTS + ONE, Call, delete_endpoint),
}
