"""The public catalogue: search, facets and one stone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import azure.durable_functions as df
import azure.functions as func

from http_api.answers import NOT_MODIFIED, kept
from http_api.costs import Costs
from http_api.currency import ExchangeRate, told
from http_api.diamond_query import (
    LONGEST_PAGE,
    USUAL_FACETS,
    DiamondFacets,
    DiamondSearch,
    FacetsAsked,
    SearchAsked,
)
from http_api.endpoint import Answer, Call, Written, endpoint
from http_api.stone_views import Diamond
from shared.access.model import ApiKey, Scope
from shared.currency.conversion import minor_units
from shared.currency.model import Rate
from shared.diamonds import fields, hits, queries, search
from shared.diamonds.hits import HISTOGRAMS
from shared.diamonds.sorting import decoded
from shared.platform import exact_json
from shared.platform.db import request_transaction
from shared.platform.errors import Invalid

bp = df.Blueprint()


class StaffDiamond(Diamond, Costs):
    """A stone as those who may see costs see it."""


class Loosen(Answer):
    """When nothing matches: the filter without which most stones would, and how many."""

    filter: str
    stones: int


class Page(Answer):
    limit: int
    total: int | None
    """None where nobody asked for a count."""
    total_is: Literal["exact", "at least"] | None
    has_more: bool
    """After these."""
    next_cursor: str | None
    previous_cursor: str | None
    """Null on the first page. Either is passed as `cursor`."""


class Diamonds(Answer):
    data: list[Diamond]
    pagination: Page
    exchange_rate: ExchangeRate | None
    loosen: Loosen | None = None


class StaffDiamonds(Diamonds):
    data: list[StaffDiamond]  # type: ignore[assignment] # narrower, and never written to


class Value(Answer):
    value: str | None
    """None: unknown."""
    stones: int


class Bucket(Answer):
    """Stones from one value up to, not including, another; None is no bound."""

    start: Decimal | None
    end: Decimal | None
    stones: int


class Histogram(Answer):
    buckets: list[Bucket]
    unknown: int


class Facets(Answer):
    """Each facet and histogram counts under all filters but its own."""

    total: int
    facets: dict[str, list[Value]]
    histograms: dict[str, Histogram]


class OneFacets(Answer):
    data: Facets


@bp.route("v2/diamonds", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=DiamondSearch, also=(NOT_MODIFIED,))
def search_diamonds(call: Call[SearchAsked]) -> Written[Diamonds] | Written[StaffDiamonds]:
    """Stones on sale, filtered and sorted."""
    asked = call.asked
    names = _shown_to(call.caller, asked.fields)
    if asked.limit > LONGEST_PAGE:
        call.demand(Scope.DIAMONDS_EXPORT)
    with request_transaction() as conn:
        rate = asked.rate(conn)
        wanted = wanted_search(call.caller, asked, names, rate)

        def found(version: int) -> bytes:
            return _written(asked, search.search(conn, wanted, version=version), rate)

        return kept(call, conn, told(rate), found)


@bp.route("v2/diamonds/facets", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_READ, query=DiamondFacets, also=(NOT_MODIFIED,))
def count_facets(call: Call[FacetsAsked]) -> Written[OneFacets]:
    """Counts for every value of the facets, and histograms of price and weight."""
    wanted = call.asked
    with request_transaction() as conn:
        rate = wanted.rate(conn)
        conditions, names = wanted.conditions(call.caller, rate), wanted.facets or USUAL_FACETS

        def counted(version: int) -> OneFacets:
            return _facets(search.facets(conn, conditions, names, version=version))

        return kept(call, conn, told(rate), counted)


def answered(caller: ApiKey, asked: SearchAsked) -> bytes:
    """A page of stones as JSON."""
    names = _shown_to(caller, asked.fields)
    with request_transaction() as conn:
        rate = asked.rate(conn)
        version = queries.current_version(conn).version
        found = search.search(conn, wanted_search(caller, asked, names, rate), version=version)
    return _written(asked, found, rate)


def _shown_to(caller: ApiKey, wanted: Sequence[str] | None) -> Sequence[str]:
    """The fields asked for, or all this caller may see; those it may not it does not know."""
    for_staff = caller.may(Scope.COSTS_READ)
    known = fields.STAFF_BY_WIRE_NAME if for_staff else fields.BY_WIRE_NAME
    if wanted is None:
        return [*known.values()]
    strange = [name for name in wanted if name not in known]
    if strange:
        raise Invalid(
            "Some of the request is not valid.",
            fields={"fields": f"{strange[0]!r} is not one of {', '.join(known)}"},
        )
    return [known[name] for name in wanted]


def wanted_search(
    caller: ApiKey, asked: SearchAsked, names: Sequence[str], rate: Rate | None
) -> search.Search:
    return search.Search(
        conditions=asked.conditions(caller, rate),
        sort_by=asked.sort_by,
        order=asked.sort_order,
        limit=asked.limit,
        skip=asked.skip,
        cursor=decoded(asked.cursor, asked.sort_by, asked.sort_order) if asked.cursor else None,
        count=asked.count,
        fields=names,
        rate=rate.rate if rate else None,
        places=minor_units(rate.quote) if rate else 0,
    )


def _written(asked: SearchAsked, found: search.Found, rate: Rate | None) -> bytes:
    """The stones as PostgreSQL wrote them, and our page around them."""
    page = page_of(found, asked.limit)
    loosened = found.loosened
    loosen = Loosen(filter=loosened.filter, stones=loosened.stones) if loosened else None
    around = Diamonds(data=[], pagination=page, exchange_rate=told(rate), loosen=loosen)
    rest = around.model_dump(by_alias=True, exclude={"data"})
    stones = ",".join(found.stones).encode()
    return b'{"data":[' + stones + b"]," + exact_json.dumps(rest)[1:]


def page_of(found: search.Found, limit: int) -> Page:
    total = found.total
    return Page(
        limit=limit,
        total=total.stones if total else None,
        total_is=("exact" if total.exact else "at least") if total else None,
        has_more=found.more,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
    )


def _facets(found: hits.Facets) -> OneFacets:
    counted = Facets(
        total=found.total,
        facets={
            name: [Value(value=value, stones=stones) for value, stones in counts.items()]
            for name, counts in found.counts.items()
        },
        histograms={name: _histogram(name, found.histograms[name]) for name in HISTOGRAMS},
    )
    return OneFacets(data=counted)


def _histogram(name: str, stones: Sequence[int]) -> Histogram:
    edges = [None, *HISTOGRAMS[name], None]
    buckets = [
        Bucket(start=start, end=end, stones=count)
        for start, end, count in zip(edges, edges[1:], stones, strict=False)
    ]
    return Histogram(buckets=buckets, unknown=stones[-1])
