"""One stone: all of it, what it cost, what stands beside it, and what else the money buys."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api.answers import NOT_MODIFIED, kept
from http_api.costs import Costs
from http_api.currency import Converting, ExchangeRate, told
from http_api.endpoint import Answer, Asked, Call, Nothing, Written, endpoint
from http_api.stone_views import Card, Stone, card, shown, whole
from shared.access.model import Scope
from shared.currency.model import Rate
from shared.diamonds import frontier, neighbours, pictures, stones
from shared.platform import clock
from shared.platform.db import request_transaction
from shared.price_lists import asking
from shared.reapply import history

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
DAY_SECONDS = 86_400
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]


class Related(Converting):
    carat_tolerance: Annotated[Decimal, Field(gt=0, le=5, max_digits=4)] = Decimal("0.15")


class Beside(Converting):
    limit: int = Field(default=10, ge=1, le=50)


class Budget(Converting):
    budget_pct: Percent = Decimal(25)
    """How much more than the stone's price may be spent, in per cent."""


class History(Asked):
    limit: int = Field(default=100, ge=1, le=1_000)


class OneStone(Answer):
    data: Stone
    exchange_rate: ExchangeRate | None


class StaffStone(Stone, Costs):
    """A stone as those who may see costs see it."""


class OneStaffStone(Answer):
    data: StaffStone
    exchange_rate: ExchangeRate | None


class RelatedStones(Answer):
    highest_rated: Card | None
    most_expensive: Card | None
    mid_rated: Card | None


class OneRelated(Answer):
    data: RelatedStones
    exchange_rate: ExchangeRate | None


class SimilarStone(Card):
    """`distance`: a point a per cent of weight, 6 a grade of colour or clarity, 4 of cut."""

    distance: Decimal


class SimilarStones(Answer):
    data: list[SimilarStone]
    exchange_rate: ExchangeRate | None


class Cards(Answer):
    data: list[Card]
    exchange_rate: ExchangeRate | None


class PriceStep(Answer):
    """In USD; `until` is null while the price stands."""

    price: Decimal
    since: datetime
    until: datetime | None


class PriceHistory(Answer):
    steps: list[PriceStep]
    lowest_price_of_30_days: Decimal | None
    """Of the 30 days before the last reduction, as price indication rules ask for."""


class OnePriceHistory(Answer):
    data: PriceHistory


class Deal(Answer):
    """`score` from 0 to 100: the share of comparable stones on sale that cost more per carat.

    Peers have the same shape, kind and weight band, within 10 % of the weight, and grades at most
    `grades_apart` from the stone's. Null with fewer than 20 of them. Prices per carat, in USD.
    """

    score: int | None
    below_median_pct: Decimal | None
    peers: int
    grades_apart: int
    lower_quartile: Decimal | None
    median: Decimal | None
    upper_quartile: Decimal | None


class OneDeal(Answer):
    data: Deal | None


class Better(Answer):
    """In steps of the grade's scale; `carats` in carats."""

    color: int | None = None
    clarity: int | None = None
    cut: int | None = None
    carats: Decimal | None = None


class FrontierOffer(Answer):
    """`price_difference` in USD, negative when it is cheaper; `better` says by how much in what."""

    price_difference: Decimal
    better: Better
    diamond: Card


class FrontierOffers(Answer):
    data: list[FrontierOffer]
    exchange_rate: ExchangeRate | None


@bp.route("v2/diamonds/{diamond_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Converting, also=(NOT_MODIFIED,))
def get_diamond(call: Call[Converting]) -> Written[OneStone] | Written[OneStaffStone]:
    """One stone, on sale or on hold."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found: Any = kept(call, conn, told(rate), lambda _: _found(conn, call, rate))
    return found  # type: ignore[no-any-return] # of one kind or the other


def _found(conn: Connection, call: Call[Converting], rate: Rate | None) -> OneStone | OneStaffStone:
    stone = _stone(conn, call)
    costs = stones.costs(conn, stone["id"]) if call.caller.may(Scope.COSTS_READ) else None
    if costs is not None:
        seen = StaffStone.model_validate(shown(stone, rate) | costs)
        return OneStaffStone(data=seen, exchange_rate=told(rate))
    return OneStone(data=whole(stone, rate), exchange_rate=told(rate))


@bp.route("v2/diamonds/{diamond_id}/related", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Related)
def get_related_diamonds(call: Call[Related]) -> OneRelated:
    """The best rated, the dearest and one in between of about the same stone."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found = neighbours.related(conn, _stone(conn, call), call.asked.carat_tolerance)
    cards = {slot: other and card(other, rate) for slot, other in found.items()}
    return OneRelated(data=RelatedStones.model_validate(cards), exchange_rate=told(rate))


@bp.route("v2/diamonds/{diamond_id}/similar", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Beside)
def list_similar_diamonds(call: Call[Beside]) -> SimilarStones:
    """The nearest stones on sale by a documented distance, nearest first."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found = neighbours.similar(conn, _stone(conn, call), limit=call.asked.limit)
    similar = [similar_card(other, rate) for other in found]
    return SimilarStones(data=similar, exchange_rate=told(rate))


@bp.route("v2/diamonds/{diamond_id}/pairs", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Beside)
def list_matching_diamonds(call: Call[Beside]) -> Cards:
    """Stones that make a pair with it: 2 % of weight, the same grades, ratio within 0.03."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found = neighbours.pairs(conn, _stone(conn, call), limit=call.asked.limit)
    return Cards(data=[card(other, rate) for other in found], exchange_rate=told(rate))


@bp.route("v2/diamonds/{diamond_id}/price-history", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=History)
def get_price_history(call: Call[History]) -> OnePriceHistory:
    """Which price was shown from when to when, newest first."""
    with request_transaction() as conn:
        stone = _stone(conn, call)
        steps = stones.price_history(conn, stone["id"], limit=call.asked.limit)
        lowest = asking.shown(history.lowest(conn, stone["id"], clock.now()))
    told_steps = [PriceStep.model_validate(step) for step in steps]
    return OnePriceHistory(data=PriceHistory(steps=told_steps, lowest_price_of_30_days=lowest))


@bp.route("v2/diamonds/{diamond_id}/deal-score", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ)
def get_deal_score(call: Call[Nothing]) -> OneDeal:
    """How a stone's price per carat stands among comparable stones on sale now."""
    with request_transaction() as conn:
        found = neighbours.deal(conn, _stone(conn, call))
    return OneDeal(data=Deal.model_validate(found) if found else None)


@bp.route("v2/diamonds/{diamond_id}/frontier", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Budget)
def list_budget_frontier(call: Call[Budget]) -> FrontierOffers:
    """What a little more money buys, and as good a stone for less; cheapest first.

    Every offer is on sale, in no grade worse, and better in one or cheaper: up to three grades
    better, up to a tenth heavier.
    """
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found = frontier.frontier(conn, _stone(conn, call), budget_pct=call.asked.budget_pct)
    offers = [offered(offer, other, rate) for offer, other in found]
    return FrontierOffers(data=offers, exchange_rate=told(rate))


@bp.route("v2/pictures/{shape}.svg", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=None, path={"shape": str}, produces=("image/svg+xml",))
def get_picture(call: Call[Nothing]) -> func.HttpResponse:
    """A drawing of a shape, for where a stone's own picture is missing or broken."""
    drawn = pictures.picture(call.path["shape"].lower())
    headers = {"Cache-Control": f"public, max-age={DAY_SECONDS}"}
    return func.HttpResponse(drawn, mimetype="image/svg+xml", headers=headers)


def similar_card(other: stones.Stone, rate: Rate | None) -> SimilarStone:
    return SimilarStone.model_validate({**shown(other, rate), "distance": other["distance"]})


def offered(offer: frontier.Offer, other: stones.Stone, rate: Rate | None) -> FrontierOffer:
    return FrontierOffer(
        price_difference=offer.price_difference,
        better=Better.model_validate(offer.better),
        diamond=card(other, rate),
    )


def _stone(conn: Connection, call: Call[Asked]) -> stones.Stone:
    return stones.get(conn, call.id("diamond_id"))
