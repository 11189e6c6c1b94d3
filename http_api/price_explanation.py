"""Why a stone costs what it costs, what it cost before, and prices that people decide."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import azure.durable_functions as df
import azure.functions as func
from pydantic import ConfigDict, Field

from http_api.endpoint import Asked, Call, Moment, Nothing, endpoint
from http_api.rule_sets import Data, Listed
from shared.access.model import Scope
from shared.diamonds import grading
from shared.diamonds.model import stone_type
from shared.platform import clock
from shared.platform.db import request_transaction, transaction
from shared.reapply import explain, history, overrides
from shared.rules.book import Author

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
Money = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Measure = Annotated[Decimal, Field(ge=0, max_digits=6, decimal_places=2)]
NAMES = ("shape", "color", "certificate_lab")
CODES = ("clarity", "cut", "polish", "symmetry", "fluorescence_intensity", "girdle", "culet")


class At(Asked):
    at: Moment | None = None


class WhatIf(Asked):
    """An invented stone, by the catalogue's names; `version` asks another set than the active."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed_price: Money
    feed: str = "demo"
    shape: str = "ROUND"
    carats: Measure | None = None
    lab_grown: bool = False
    fancy_color: str | None = None
    supplier_name: str | None = None
    color: str | None = None
    clarity: str | None = None
    cut: str | None = None
    polish: str | None = None
    symmetry: str | None = None
    fluorescence_intensity: str | None = None
    certificate_lab: str | None = None
    girdle: str | None = None
    culet: str | None = None
    table_pct: Measure | None = None
    depth_pct: Measure | None = None
    ratio: Measure | None = None
    crown_angle: Measure | None = None
    crown_height: Measure | None = None
    pavilion_angle: Measure | None = None
    pavilion_depth: Measure | None = None
    version: int | None = Field(default=None, ge=1)

    def facts(self) -> dict[str, Any]:
        given = self.model_dump(exclude={"version"})
        given["stone_type"] = stone_type(lab_grown=self.lab_grown, fancy_color=self.fancy_color)
        given |= {name: grading.name(given[name]) for name in NAMES if given[name]}
        return given | {name: grading.code(given[name]) for name in CODES if given[name]}


class SetOverride(Asked):
    price: Money
    reason: str = Field(min_length=1, max_length=1_000)
    expires_at: Moment | None = None


class Decide(Asked):
    decision: Literal["approved", "rejected"]


@bp.route("v2/diamonds/{diamond_id}/price-explanation", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=At)
def explain_price(call: Call[At]) -> Data:
    """What made a stone's price at a moment, every rule tried, and whether it comes out again."""
    asked = call.asked
    with request_transaction() as conn:
        told = explain.explain(conn, call.id("diamond_id"), asked.at)
    return Data(data=told | {"recomputes": not told["differs"]})


@bp.route("v2/diamonds/{diamond_id}/price-changes", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_price_changes(call: Call[Listed]) -> Data:
    """Every change of a stone's price with its cause, and the lowest price of 30 days."""
    asked, stone = call.asked, call.id("diamond_id")
    with request_transaction() as conn:
        changes = history.of_stone(conn, stone, limit=asked.limit)
        lowest = history.lowest(conn, stone, clock.now())
    return Data(data={"changes": changes, "lowest_price_of_30_days": lowest})


@bp.route("v2/runs/{run_id}/price-changes", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ)
def get_run_price_changes(call: Call[Nothing]) -> Data:
    """What one run did to prices, by cause; the parts add up to the whole."""
    with request_transaction() as conn:
        return Data(data=history.of_origin(conn, call.id("run_id")))


@bp.route("v2/diamonds/{diamond_id}/price-override", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=SetOverride)
def set_price_override(call: Call[SetOverride]) -> Data:
    """Sell one stone at this price until the override ends, whatever feeds and rules say."""
    asked = call.asked
    by = Author(call.caller.client_name, asked.reason)
    with transaction() as conn:
        stone = call.id("diamond_id")
        made = overrides.override(conn, stone, asked.price, by, expires_at=asked.expires_at)
    return Data(data=made.model_dump())


@bp.route("v2/diamonds/{diamond_id}/price-override", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE)
def end_price_override(call: Call[Nothing]) -> Data:
    """Let the rules price a stone again."""
    with transaction() as conn:
        ended = overrides.end(conn, call.id("diamond_id"), call.caller.client_name)
    return Data(data=ended.model_dump())


@bp.route("v2/pricing-rules/reviews", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, query=Listed)
def list_price_reviews(call: Call[Listed]) -> Data:
    """Prices that moved too far in one run and wait for somebody."""
    asked = call.asked
    with request_transaction() as conn:
        found = overrides.waiting(conn, limit=asked.limit)
    return Data(data={"reviews": [review.model_dump() for review in found]})


@bp.route("v2/pricing-rules/reviews/{diamond_id}", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=Decide)
def decide_price_review(call: Call[Decide]) -> Data:
    """Let a held price pass, or keep the old one."""
    asked = call.asked
    with transaction() as conn:
        stone = call.id("diamond_id")
        decided = overrides.decide(conn, stone, asked.decision, call.caller.client_name)
    return Data(data=decided.model_dump())


@bp.route("v2/pricing-rules/what-if", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ, body=WhatIf)
def imagine_price(call: Call[WhatIf]) -> Data:
    """What an invented stone would cost and be rated; nothing is stored."""
    asked = call.asked
    now: datetime = clock.now()
    with request_transaction() as conn:
        told = explain.imagine(conn, asked.facts(), version=asked.version, at=now)
    return Data(data=told)


@bp.route("v2/pricing-rules/economics", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ)
def list_rule_economics(call: Call[Nothing]) -> Data:  # noqa: ARG001 - every handler takes the call
    """Per rule: stones matched, margin earned, and margin if it were removed."""
    with transaction() as conn:
        return Data(data={"rules": history.economics(conn)})
