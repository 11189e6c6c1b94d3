"""One request at work: what it reads and writes, and the events it causes."""

import secrets
import string
from dataclasses import dataclass
from typing import Any

from local.partners.stripe.refused import Refused, missing
from local.partners.stripe.store import Store

Json = dict[str, Any]

VERSION = "2026-10-28.endive"
NAMES = {
    "cs_test": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "dp": "dispute",
    "evt": "event",
    "we": "webhook_endpoint",
}
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Desk:
    store: Store
    now: int
    """In seconds since 1970, as all of Stripe's times."""
    base: str = ""
    """Where this Stripe is reached, for the addresses it gives out."""
    late: float = 0
    """Seconds by which the events it causes are delivered late."""
    request_id: str | None = None
    key: str | None = None

    def get(self, prefix: str, id: str, param: str | None = None) -> Json:  # noqa: A002
        """Raises Refused, 404."""
        kind = NAMES[prefix]
        found = self.store.find(id)
        if found is None or found["object"] != kind:
            raise missing(kind, id, param or "id")
        return found

    def put(self, body: Json, **changed: Any) -> Json:
        body |= changed
        self.store.put(body)
        return body

    def emit(self, type: str, body: Json) -> None:  # noqa: A002 - the wire's name
        """Record what happened to an object as it is now, and have it delivered."""
        ends = [end for end in self.store.every("webhook_endpoint") if _wants(end, type)]
        which = new("evt")
        event = {
            "id": which,
            "object": "event",
            "api_version": VERSION,
            "created": self.now,
            "data": {"object": public(body)},
            "livemode": False,
            "pending_webhooks": len(ends),
            "request": {"id": self.request_id, "idempotency_key": self.key},
            "type": type,
        }
        self.store.put(event)
        for end in ends:
            self.store.deliver(which, end["id"], self.now + self.late if self.late else 0)


def new(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"


def public(content: Any) -> Any:
    """Without what only Stripe itself knows."""
    if isinstance(content, list):
        return [public(one) for one in content]
    if isinstance(content, dict):
        return {name: public(inner) for name, inner in content.items() if name[:1] != "_"}
    return content


def expanded(desk: Desk, body: Json, paths: list[str]) -> Json:
    """With the objects behind the ids that stand at these places."""
    for path in paths:
        _expand(desk, body, path.split("."), path)
    return body


def _expand(desk: Desk, body: Json, steps: list[str], path: str) -> None:
    first, *rest = steps
    if first not in body and f"_{first}" not in body:
        raise Refused(400, f"This property cannot be expanded ({path}).", param="expand")
    inner = body.get(first, body.get(f"_{first}"))
    if isinstance(inner, str):
        inner = public(desk.store.find(inner))
    body[first] = inner
    for one in inner if isinstance(inner, list) else [inner]:
        if rest and isinstance(one, dict):
            _expand(desk, one, rest, path)


def _wants(endpoint: Json, type: str) -> bool:  # noqa: A002 - the wire's name
    wanted = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in wanted or type in wanted)
