"""Finding stones: which, how many, in what order, and what to loosen when there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from psycopg import Connection

from shared.diamonds import catalogue, fields, filters
from shared.diamonds.filters import Condition
from shared.diamonds.hits import CountMode, Facets, Hits, Loosened, Total
from shared.diamonds.sorting import Cursor, Order, SortBy

FROM: LiteralString = """
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id"""

PLACES: LiteralString = """
  FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS place(id, number)
  JOIN diamonds AS diamond ON diamond.id = place.id
  JOIN diamond_prices AS price ON price.diamond_id = place.id"""


@dataclass(frozen=True)
class Search:
    """One page: `limit` stones after `skip`, or after a cursor."""

    conditions: Sequence[Condition]
    sort_by: SortBy
    order: Order
    limit: int
    skip: int = 0
    after: Cursor | None = None
    count: CountMode = "exact"
    fields: Sequence[str] = tuple(fields.FIELDS)
    rate: Decimal | None = None
    """A dollar in the currency of converted fields, which has so many `places`."""
    places: int = 2


@dataclass(frozen=True)
class Found:
    stones: list[str]
    """Each a JSON object of the fields asked for."""
    total: Total | None
    more: bool
    next_cursor: str | None
    loosened: Loosened | None
    """What to leave out, when nothing matches."""


def search(conn: Connection, wanted: Search) -> Found:
    """One page of stones, how many match in all, and where the next page starts."""
    engine = catalogue.Catalogue(conn)
    hits = engine.page(
        wanted.conditions,
        (wanted.sort_by, wanted.order),
        wanted.limit,
        skip=wanted.skip,
        after=wanted.after,
    )
    total = engine.total(wanted.conditions, wanted.count) if wanted.count != "none" else None
    nothing = not (hits.places or wanted.skip or wanted.after)
    return Found(
        stones=rows(conn, [place.diamond_id for place in hits.places], wanted),
        total=total,
        more=hits.more,
        next_cursor=_next(wanted, hits),
        loosened=engine.loosened(wanted.conditions) if nothing else None,
    )


def facets(conn: Connection, conditions: Sequence[Condition], names: Sequence[str]) -> Facets:
    """How many stones each value of these filters would find, the other filters applied."""
    return catalogue.Catalogue(conn).facets(conditions, names)


def rows(conn: Connection, ids: Sequence[UUID], wanted: Search) -> list[str]:
    """These stones as JSON, in this order; what no longer matches is left out."""
    if not ids:
        return []
    matching, params = filters.where(wanted.conditions)
    statement: LiteralString = (
        f"SELECT row_to_json(shown)::text{PLACES}"
        f" CROSS JOIN LATERAL (SELECT {fields.columns(wanted.fields)}) AS shown"
        f" WHERE {matching} ORDER BY place.number"
    )
    params |= {"ids": list(ids), "rate": wanted.rate, "places": wanted.places}
    return [text for (text,) in conn.execute(statement, params)]


def _next(wanted: Search, hits: Hits) -> str | None:
    if not hits.more:
        return None
    last = hits.places[-1]
    return Cursor(wanted.sort_by, wanted.order, last.value, last.diamond_id).encoded()
