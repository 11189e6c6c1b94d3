"""For staff: how the system is, figures of feeds and prices, and a console for questions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, model_validator

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from shared.access.model import Scope
from shared.operations import analytics, console, facts
from shared.operations.console import Condition, Function, Operator, Question, Shown
from shared.platform.db import request_transaction, transaction

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
LONGEST_LIST = 50
Name = str


class FactView(Answer):
    """One number as `/api/metrics` has it."""

    name: str
    about: str
    labels: dict[str, str]
    value: float


class DatabaseView(Answer):
    version: str
    bytes: int
    connections: int
    most_connections: int
    migration: str
    at: datetime


class Status(Answer):
    database: DatabaseView
    facts: list[FactView]


class OneStatus(Answer):
    data: Status


class FeedView(Answer):
    feed: str
    version: int
    updated_at: datetime
    stones: int
    available: int
    on_hold: int
    sold: int
    unavailable: int
    lowest_price: Decimal | None
    average_price: Decimal | None
    highest_price: Decimal | None


class Feeds(Answer):
    data: list[FeedView]


class Trend(Asked):
    feed: str | None = Field(default=None, max_length=100)
    days: int = Field(default=30, ge=1, le=365)


class PriceDayView(Answer):
    """What happened to prices on a day in UTC, in USD; `by...` are the main causes."""

    day: date
    changes: int
    raised: int
    lowered: int
    average_move_pct: Decimal
    by_supplier: Decimal
    by_rule: Decimal
    by_override: Decimal
    moved: Decimal


class PriceTrend(Answer):
    data: list[PriceDayView]


class ColumnView(Answer):
    name: str
    type: str


class ViewView(Answer):
    view: str
    columns: list[ColumnView]


class Views(Answer):
    data: list[ViewView]


class SelectAsked(Asked):
    """A column, a function of one, or `count` of all rows."""

    column: Name | None = Field(default=None, max_length=100)
    function: Function | None = None

    @model_validator(mode="after")
    def says_something(self) -> "SelectAsked":
        if self.column is None and self.function is None:
            raise ValueError("name a column, a function, or both")
        return self


class WhereAsked(Asked):
    """`in` takes a list; `null` takes true or false; the others a text or a number."""

    column: Name = Field(max_length=100)
    operator: Operator = "eq"
    value: str | int | Decimal | bool | list[str | int | Decimal]


class ConsoleQuestion(Asked):
    """Columns shown beside a function are what it is grouped by; without `select`: all columns."""

    view: str = Field(max_length=100)
    select: list[SelectAsked] = Field(default_factory=list, max_length=LONGEST_LIST)
    where: list[WhereAsked] = Field(default_factory=list, max_length=LONGEST_LIST)
    order_by: str | None = Field(default=None, alias="orderBy", max_length=200)
    descending: bool = False
    limit: int = Field(default=100, ge=1, le=console.MOST_ROWS)

    def question(self) -> Question:
        return Question(
            view=self.view,
            shown=[Shown(one.column, one.function) for one in self.select],
            conditions=[Condition(one.column, one.operator, one.value) for one in self.where],
            order_by=self.order_by,
            descending=self.descending,
            limit=self.limit,
        )


class Rows(Answer):
    """Named as in the view; a function's column is `function_column`."""

    data: list[dict[str, Any]]


@bp.route("v2/system/status", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SYSTEM_READ)
def get_system_status(call: Call[Nothing]) -> OneStatus:  # noqa: ARG001 - every handler takes the call
    """The database, and the state of runs, queues and quarantine in numbers."""
    with request_transaction() as conn:
        known = facts.list_facts(conn)
        database = analytics.database(conn)
    views = [FactView.model_validate(fact._asdict()) for fact in known]
    return OneStatus(data=Status(database=DatabaseView.model_validate(database), facts=views))


@bp.route("v2/analytics/feeds", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SYSTEM_READ)
def list_feed_figures(call: Call[Nothing]) -> Feeds:  # noqa: ARG001 - every handler takes the call
    """Each feed's active stones by availability, and what they are priced at."""
    with transaction() as conn:
        found = analytics.feeds(conn)
    return Feeds(data=[FeedView.model_validate(feed) for feed in found])


@bp.route("v2/analytics/price-trend", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SYSTEM_READ, query=Trend)
def list_price_trend(call: Call[Trend]) -> PriceTrend:
    """Day by day: how many prices changed, how far, and why."""
    asked = call.asked
    with transaction() as conn:
        found = analytics.price_trend(conn, feed=asked.feed, days=asked.days)
    return PriceTrend(data=[PriceDayView.model_validate(day) for day in found])


@bp.route("v2/console/views", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SYSTEM_READ)
def list_console_views(call: Call[Nothing]) -> Views:  # noqa: ARG001 - every handler takes the call
    """What the console may be asked about."""
    with request_transaction() as conn:
        found = {view: console.columns(conn, view) for view in console.VIEWS}
    return Views(
        data=[
            ViewView(view=view, columns=[ColumnView.model_validate(one) for one in columns])
            for view, columns in found.items()
        ]
    )


@bp.route("v2/console/query", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.SYSTEM_READ, body=ConsoleQuestion, once="steps")
def ask_console(call: Call[ConsoleQuestion]) -> Rows:
    """Rows of a view, filtered, counted and sorted; read only, five seconds, 1,000 rows."""
    if call.asked.view in console.WITH_COSTS:
        call.demand(Scope.COSTS_READ)
    with request_transaction() as conn:
        return Rows(data=console.ask(conn, call.asked.question()))
