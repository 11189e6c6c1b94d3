"""Stones side by side, and stones by their report."""

from typing import Annotated, Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import BeforeValidator, Field

from http_api.currency import Converting, ExchangeRate, told
from http_api.endpoint import Answer, Call, endpoint
from http_api.stone_views import Card, Stone, card, whole
from shared.access.model import Scope
from shared.diamonds import comparing, stones
from shared.platform.db import request_transaction
from shared.platform.errors import NotFound

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
FEWEST, MOST = 2, 5


class TooFewToCompare(NotFound):
    """Fewer than two of the asked stones are in the catalogue (any more)."""

    code = "TOO_FEW_TO_COMPARE"


def _each_once(spelled: Any) -> Any:
    words = spelled.split(",") if isinstance(spelled, str) else spelled
    return list(dict.fromkeys(word.strip() for word in words if word.strip()))


class Compare(Converting):
    ids: Annotated[
        list[UUID], BeforeValidator(_each_once), Field(min_length=FEWEST, max_length=MOST)
    ]
    """Two to five, separated by commas."""


class FieldDifference(Answer):
    """The values in the order of the stones; `best` counts from 0, and is empty if none is."""

    field: str
    values: list[Any]
    best: list[int]


class MissingFields(Answer):
    """What is not known of this stone though it is of another one."""

    id: UUID
    fields: list[str]


class Comparison(Answer):
    diamonds: list[Stone]
    differences: list[FieldDifference]
    missing: list[MissingFields]
    not_found: list[UUID]
    """Asked for, but not in the catalogue (any more)."""


class OneComparison(Answer):
    data: Comparison
    exchange_rate: ExchangeRate | None


class Certified(Answer):
    """Every offer of the stone with this report: on sale first, then the cheapest."""

    data: list[Card]
    verification_url: str | None
    exchange_rate: ExchangeRate | None


@bp.route("v2/diamonds/compare", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Compare)
def compare_diamonds(call: Call[Compare]) -> OneComparison:
    """Two to five stones side by side: where they differ, which is best, what is not known."""
    return compared(call.asked)


@bp.route("v2/certificates/{lab}/{number}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=Converting, path={"lab": str, "number": str})
def get_certified_diamonds(call: Call[Converting]) -> Certified:
    """The stone with this laboratory's report."""
    with request_transaction() as conn:
        rate = call.asked.rate(conn)
        found = stones.with_certificate(conn, call.path["lab"], call.path["number"])
    shown = whole(found[0], rate)
    return Certified(
        data=[card(stone, rate) for stone in found],
        verification_url=shown.certificate_verification_url,
        exchange_rate=told(rate),
    )


def compared(asked: Compare) -> OneComparison:
    with request_transaction() as conn:
        rate = asked.rate(conn)
        found = stones.several(conn, asked.ids)
    known = {stone["id"] for stone in found}
    not_found = [one for one in asked.ids if one not in known]
    if len(found) < FEWEST:
        raise TooFewToCompare(f"Not in the catalogue: {', '.join(map(str, not_found))}.")
    differences = [FieldDifference.model_validate(one) for one in comparing.differences(found)]
    missing = [MissingFields(id=one, fields=f) for one, f in comparing.missing(found).items()]
    comparison = Comparison(
        diamonds=[whole(stone, rate) for stone in found],
        differences=differences,
        missing=missing,
        not_found=not_found,
    )
    return OneComparison(data=comparison, exchange_rate=told(rate))
