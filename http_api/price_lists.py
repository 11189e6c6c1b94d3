"""Price lists: what one customer or channel pays, made from the retail price."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

import azure.durable_functions as df
import azure.functions as func
from psycopg.errors import CheckViolation
from pydantic import Field, model_validator

from http_api.endpoint import Answer, Asked, Call, Moment, Nothing, endpoint
from shared.access.model import Scope
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import Conflict, Invalid, NotFound
from shared.price_lists import queries
from shared.price_lists.model import PriceList, Terms

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
PLACES = {"cent": 2, "dollar": 0}
Percent = Annotated[Decimal, Field(ge=-50, le=100, max_digits=5, decimal_places=2, examples=[-7.5])]


class PriceListNotFound(NotFound):
    code = "PRICE_LIST_NOT_FOUND"


class PriceListExists(Conflict):
    code = "PRICE_LIST_EXISTS"
    hint = "Change it with PUT, or choose another name."


class ListTerms(Asked):
    """`adjustment` on the retail price in per cent: -7.5 is 7.5 per cent below it."""

    adjustment: Percent
    round_to: Literal["cent", "dollar"] = Field(default="cent", alias="roundTo")
    valid_from: Moment | None = Field(default=None, alias="validFrom")
    """By default now; when a list is changed: as it was."""
    valid_until: Moment | None = Field(default=None, alias="validUntil")
    """Outside of its time the retail price holds."""

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("validUntil is not after validFrom")
        return self

    def terms(self) -> Terms:
        return Terms(points=int(self.adjustment * 100), places=PLACES[self.round_to])


class NewPriceList(ListTerms):
    name: str = Field(
        max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", examples=["eu-partners"]
    )


class PriceListView(Answer):
    """`keys`: how many working keys see its prices."""

    name: str
    adjustment: Decimal
    round_to: Literal["cent", "dollar"]
    valid_from: datetime
    valid_until: datetime | None
    changed_at: datetime
    changed_by: str
    keys: int


class OnePriceList(Answer):
    data: PriceListView


class PriceLists(Answer):
    data: list[PriceListView]


@bp.route("v2/price-lists", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_READ)
def list_price_lists(call: Call[Nothing]) -> PriceLists:  # noqa: ARG001 - every handler takes the call
    """Every list by its name; a key is bound to one when it is given."""
    with request_transaction() as conn:
        found = queries.list_price_lists(conn)
    return PriceLists(data=[_shown(each) for each in found])


@bp.route("v2/price-lists", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=NewPriceList, status=201)
def create_price_list(call: Call[NewPriceList]) -> OnePriceList:
    """Make a list; nobody sees its prices until a key is bound to it."""
    with _its_time(), transaction() as conn:
        made = queries.insert_price_list(conn, name=call.asked.name, **_terms(call))
    if made is None:
        raise PriceListExists(f"There is a list {call.asked.name} already.")
    return OnePriceList(data=_shown(made))


@bp.route("v2/price-lists/{name}", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RULES_WRITE, body=ListTerms, path={"name": str})
def change_price_list(call: Call[ListTerms]) -> OnePriceList:
    """Other terms, from now on; holds, quotes and purchases keep the price they began with."""
    with _its_time(), transaction() as conn:
        changed = queries.change_price_list(conn, name=call.path["name"], **_terms(call))
    if changed is None:
        raise PriceListNotFound(f"There is no list {call.path['name']}.")
    return OnePriceList(data=_shown(changed))


@contextmanager
def _its_time() -> Iterator[None]:
    """What the list's time would be with what is kept or meant of it, the database knows."""
    try:
        yield
    except CheckViolation as error:
        fault = {"validUntil": "not after the list's validFrom"}
        raise Invalid("Some of the request is not valid.", fields=fault) from error


def _terms(call: Call[Any]) -> dict[str, Any]:
    return {
        "terms": call.asked.terms(),
        "valid_from": call.asked.valid_from,
        "valid_until": call.asked.valid_until,
        "changed_by": call.caller.client_name,
    }


def _shown(found: PriceList) -> PriceListView:
    named = {places: name for name, places in PLACES.items()}
    return PriceListView.model_validate(
        found.model_dump()
        | {"adjustment": Decimal(found.points) / 100, "round_to": named[found.places]}
    )
