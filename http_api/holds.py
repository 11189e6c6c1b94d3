"""Holds: set a stone aside, keep it longer, let it go; and the switch that pauses selling."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, StringConstraints

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.paging import Page, cut
from shared.access.model import Scope
from shared.holds import queries, quotes, service
from shared.holds.model import Hold, HoldStatus
from shared.platform import cursor
from shared.platform.db import request_transaction

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
LONGEST_MINUTES = 10_080

Quote = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


class PlaceHold(Asked):
    minutes: int | None = Field(default=None, ge=1, le=LONGEST_MINUTES)
    quote: Quote | None = None
    """A quoted price is kept."""
    idempotency_key: str | None = Field(default=None, alias="idempotencyKey")


class GiveQuote(Asked):
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")


class ExtendHold(Asked):
    minutes: int = Field(ge=1, le=LONGEST_MINUTES)
    """From now on."""


class HoldList(Asked):
    status: HoldStatus | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200)


class PauseSelling(Asked):
    reason: str = Field(min_length=1, max_length=500)


class HoldView(Answer):
    """A stone set aside at a price that nothing changes.

    `diamondId` differs from what was asked for when another supplier's offer of the same
    certificate is held.
    """

    id: UUID
    diamond_id: UUID
    requested_diamond_id: UUID
    status: HoldStatus
    denied: bool
    price: Decimal
    currency: str
    quoted: bool
    requested_at: datetime
    until: datetime
    ended_at: datetime | None


class HoldEventView(Answer):
    event: str
    status: HoldStatus
    denied: bool
    detail: dict[str, Any]
    created_at: datetime


class HoldDetail(HoldView):
    history: list[HoldEventView]


class QuoteView(Answer):
    """Show `quote` when holding, buying or checking out, until `expiresAt`."""

    quote: str
    diamond_id: UUID
    price_usd: Decimal
    amount: Decimal
    currency: str
    rate: Decimal
    rated_on: date
    rule_set_version: int
    expires_at: datetime


class OneQuote(Answer):
    data: QuoteView


class OneHold(Answer):
    data: HoldView


class OneHoldDetail(Answer):
    data: HoldDetail


class Holds(Answer):
    data: list[HoldView]
    pagination: Page


class PauseView(Answer):
    scope: str
    reason: str
    paused_by: str
    paused_at: datetime


class OnePause(Answer):
    data: PauseView


class Pauses(Answer):
    data: list[PauseView]


@bp.route("v2/diamonds/{diamond_id}/quote", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE, body=GiveQuote, status=201)
def quote_diamond(call: Call[GiveQuote]) -> OneQuote:
    """Promise a stone's price for a while, whatever becomes of rules and rates."""
    with request_transaction() as conn:
        token, promise = quotes.issue(
            conn, call.caller.client_name, call.id("diamond_id"), call.asked.currency
        )
    told = promise.model_dump(exclude={"client", "price"})
    return OneQuote(data=QuoteView(quote=token, price_usd=promise.price, **told))


@bp.route("v2/diamonds/{diamond_id}/hold", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE, body=PlaceHold, status=201, once="steps")
def place_hold(call: Call[PlaceHold]) -> OneHold:
    """Ask the supplier for its price and the stone, and hold it; 409 when it cannot be had."""
    client, stone = call.caller.client_name, call.id("diamond_id")
    quote = call.asked.quote
    hold = service.place(
        client,
        stone,
        minutes=call.asked.minutes,
        promised=quotes.redeem(quote, client, stone).price if quote else None,
        client_key=call.idempotency_key,
    )
    return OneHold(data=shown(hold))


@bp.route("v2/holds", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE, query=HoldList)
def list_holds(call: Call[HoldList]) -> Holds:
    """The caller's own, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        service.expire(conn)
        found = queries.list_holds(
            conn,
            client_name=call.caller.client_name,
            status=asked.status,
            before=_place(asked.cursor),
            limit=asked.limit + 1,
        )
    page_of, page = cut(found, asked.limit, _place_of)
    return Holds(data=[shown(hold) for hold in page_of], pagination=page)


@bp.route("v2/holds/{hold_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE)
def get_hold(call: Call[Nothing]) -> OneHoldDetail:
    """A hold and what happened to it."""
    with request_transaction() as conn:
        hold = service.get(conn, call.caller.client_name, call.id("hold_id"))
        events = queries.list_hold_history(conn, hold_id=hold.id)
    history = [HoldEventView.model_validate(event) for event in events]
    return OneHoldDetail(data=HoldDetail(**shown(hold).model_dump(), history=history))


@bp.route("v2/holds/{hold_id}/extend", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE, body=ExtendHold)
def extend_hold(call: Call[ExtendHold]) -> OneHold:
    """Hold longer, within our limit and the supplier's."""
    with request_transaction() as conn:
        hold = service.extend(conn, call.caller.client_name, call.id("hold_id"), call.asked.minutes)
    return OneHold(data=shown(hold))


@bp.route("v2/holds/{hold_id}/release", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.HOLDS_WRITE, once="steps")
def release_hold(call: Call[Nothing]) -> OneHold:
    """Put the stone back on sale."""
    return OneHold(data=shown(service.release(call.caller.client_name, call.id("hold_id"))))


@bp.route("v2/selling/pauses", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE)
def list_pauses(call: Call[Nothing]) -> Pauses:  # noqa: ARG001 - every handler takes the call
    """What is not sold at present; `*` is everything."""
    with request_transaction() as conn:
        found = queries.list_pauses(conn)
    return Pauses(data=[PauseView.model_validate(pause) for pause in found])


@bp.route("v2/selling/pauses/{scope}", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, body=PauseSelling, path={"scope": str})
def pause_selling(call: Call[PauseSelling]) -> OnePause:
    """Hold and sell nothing new of a feed, or of any (`*`)."""
    with request_transaction() as conn:
        paused = service.pause(conn, call.path["scope"], call.asked.reason, call.caller.client_name)
    return OnePause(data=PauseView.model_validate(paused))


@bp.route("v2/selling/pauses/{scope}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SELLING_WRITE, path={"scope": str})
def resume_selling(call: Call[Nothing]) -> OnePause:
    """Sell again."""
    with request_transaction() as conn:
        resumed = service.resume(conn, call.path["scope"])
    return OnePause(data=PauseView.model_validate(resumed))


def shown(hold: Hold) -> HoldView:
    return HoldView(
        id=hold.id,
        diamond_id=hold.diamond_id,
        requested_diamond_id=hold.requested_diamond_id,
        status=hold.status,
        denied=hold.status == "denied",
        price=hold.price,
        currency="USD",
        quoted=hold.quoted,
        requested_at=hold.requested_at,
        until=hold.expires_at,
        ended_at=hold.ended_at,
    )


def _place_of(last: Hold) -> list[str]:
    return [last.requested_at.isoformat(), str(last.id)]


def _place(text: str | None) -> tuple[datetime, UUID] | None:
    if text is None:
        return None
    moment, last = cursor.decode(text, 2)
    try:
        return datetime.fromisoformat(str(moment)), UUID(last)
    except (ValueError, TypeError) as error:
        raise cursor.bad("not made by this API") from error
