"""Behind the scenes: the books, what goes wrong, and what time would bring."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.partners.stripe import disputes, intents, sessions
from local.partners.stripe.deliveries import send
from local.partners.stripe.desk import VERSION, Desk, Json, new, public
from local.partners.stripe.faults import Fault, Faults, Knobs
from local.partners.stripe.store import Store

SEVERAL = TypeAdapter(list[Fault])
A_STRANGERS_SECRET = "whsec_of_somebody_else"  # noqa: S105 - signs what is to be refused
BOOKED = {
    "sessions": "checkout.session",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
}


class Forgery(BaseModel):
    """An event that Stripe never sent, signed with a secret it does not have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    object: dict[str, Any]
    url: str
    secret: str = A_STRANGERS_SECRET


class Dispute(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = "fraudulent"


class Moved(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    status: disputes.Outcome


class Admin:
    def __init__(
        self, store: Store, faults: Faults, desk: Callable[[], Desk], wake: Callable[[], None]
    ) -> None:
        self.knobs = Knobs()
        self._store = store
        self._faults = faults
        self._desk = desk
        self._wake = wake

    def routes(self) -> list[Route]:
        return [
            Route("/admin/books", self.books, methods=["GET"]),
            Route("/admin/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/admin/knobs", self.turn, methods=["GET", "PUT", "PATCH", "DELETE"]),
            Route("/admin/deliveries", self.deliveries, methods=["GET"]),
            Route("/admin/events/{which}/deliver", self.redeliver, methods=["POST"]),
            Route("/admin/forge", self.forge, methods=["POST"]),
            Route("/admin/sessions/{which}/expire", self.expire, methods=["POST"]),
            Route("/admin/payment_intents/{which}/lapse", self.lapse, methods=["POST"]),
            Route("/admin/payment_intents/{which}/dispute", self.dispute, methods=["POST"]),
            Route("/admin/disputes/{which}", self.move, methods=["PATCH"]),
        ]

    async def books(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's way
        """What became of all the money, oldest first."""
        return _json(books(self._store))

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.clear()
        if request.method == "POST":
            try:
                self._faults.expect(*SEVERAL.validate_json(await request.body()))
            except ValidationError as error:
                return _json({"error": str(error)}, 400)
        return _json([fault.model_dump() for fault in self._faults.waiting()])

    async def turn(self, request: Request) -> Response:
        base = self.knobs.model_dump() if request.method in ("GET", "PATCH") else {}
        turned = await request.body()
        try:
            self.knobs = Knobs(**base | (orjson.loads(turned) if turned else {}))
        except ValidationError as error:
            return _json({"error": str(error)}, 400)
        self._wake()
        return _json(self.knobs.model_dump())

    async def deliveries(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's way
        return _json([delivery._asdict() for delivery in self._store.deliveries()])

    async def redeliver(self, request: Request) -> Response:
        """Send an old event again, however it went before."""
        sent = self._store.redeliver(request.path_params["which"], 0)
        self._wake()
        return _json({"deliveries": sent})

    async def forge(self, request: Request) -> Response:
        try:
            forgery = Forgery.model_validate_json(await request.body())
        except ValidationError as error:
            return _json({"error": str(error)}, 400)
        return _json({"status": await run_in_threadpool(_send, forgery, self._desk().now)})

    async def expire(self, request: Request) -> Response:
        """As if the session's time were over."""
        with self._store.transaction():
            desk = self._desk()
            session = desk.get("cs_test", request.path_params["which"])
            if session["status"] == "open":
                sessions.expired(desk, session)
        self._wake()
        return _json(public(session))

    async def lapse(self, request: Request) -> Response:
        """As if seven days had gone by without a capture."""
        with self._store.transaction():
            desk = self._desk()
            intent = desk.get("pi", request.path_params["which"])
            intents.lapse(desk, intent)
        self._wake()
        return _json(public(intent))

    async def dispute(self, request: Request) -> Response:
        """The card's owner told the bank that this charge is not theirs."""
        asked = Dispute.model_validate_json(await request.body() or b"{}")
        with self._store.transaction():
            desk = self._desk()
            intent = desk.get("pi", request.path_params["which"])
            dispute = disputes.begin(desk, desk.get("ch", intent["latest_charge"]), asked.reason)
        self._wake()
        return _json(dispute)

    async def move(self, request: Request) -> Response:
        """Evidence was sent, or the bank decided."""
        asked = Moved.model_validate_json(await request.body())
        with self._store.transaction():
            desk = self._desk()
            dispute = desk.get("dp", request.path_params["which"])
            disputes.move(desk, dispute, asked.status)
        self._wake()
        return _json(dispute)


def books(store: Store) -> Json:
    kept = {name: public(store.every(kind)[::-1]) for name, kind in BOOKED.items()}
    charged = [charge for charge in kept["charges"] if charge["paid"]]
    return kept | {
        "totals": {
            "authorised": sum(c["amount"] for c in charged if not _over(c)),
            "captured": sum(c["amount_captured"] for c in charged),
            "refunded": sum(r["amount"] for r in kept["refunds"] if r["status"] != "failed"),
        }
    }


def _over(charge: Json) -> bool:
    return bool(charge["captured"] or charge["refunded"])


def _send(forgery: Forgery, now: int) -> int:
    event = {
        "id": new("evt"),
        "object": "event",
        "api_version": VERSION,
        "created": now,
        "data": {"object": forgery.object},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": forgery.type,
    }
    with httpx.Client(timeout=10) as http:
        return send(http, event, forgery.url, forgery.secret)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
