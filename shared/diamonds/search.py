"""Finding stones: which, how many, in what order, and what to loosen when there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import LiteralString
from uuid import UUID

from psycopg import Connection

from shared.diamonds import fields, filters, priced
from shared.diamonds.catalogue import Catalogue
from shared.diamonds.filters import Condition
from shared.diamonds.hits import CountMode, Engine, Facets, Hits, Loosened, Place, Total
from shared.diamonds.shelf import shelf
from shared.diamonds.sorting import Cursor, Order, SortBy
from shared.price_lists import asking

PLACES: LiteralString = """
  FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS place(id, number)
  JOIN diamonds AS diamond ON diamond.id = place.id"""


@dataclass(frozen=True)
class Search:
    """One page: `limit` stones after `skip`, or the nearest to a cursor, the way it points."""

    conditions: Sequence[Condition]
    sort_by: SortBy
    order: Order
    limit: int
    skip: int = 0
    cursor: Cursor | None = None
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
    """After these; whether there are others before says `previous_cursor`."""
    next_cursor: str | None
    previous_cursor: str | None
    loosened: Loosened | None
    """What to leave out, when nothing matches."""


def search(conn: Connection, wanted: Search, *, version: int | None = None) -> Found:
    """One page of stones, how many match in all, and where the pages beside it start.

    With a version memory may answer, as of that version or later; without, SQL does.
    """
    engine = _engine(conn, wanted.conditions, version)
    order = (wanted.sort_by, wanted.order)
    hits = engine.page(order, wanted.limit, skip=wanted.skip, cursor=wanted.cursor)
    following, previous = _beside(engine, wanted, hits)
    nothing = not (hits.places or wanted.skip or wanted.cursor)
    return Found(
        stones=rows(conn, [place.diamond_id for place in hits.places], wanted),
        total=None if wanted.count == "none" else engine.total(wanted.count),
        more=following is not None,
        next_cursor=following,
        previous_cursor=previous,
        loosened=engine.loosened() if nothing else None,
    )


def facets(
    conn: Connection,
    conditions: Sequence[Condition],
    names: Sequence[str],
    *,
    version: int | None = None,
) -> Facets:
    """How many stones each value of these filters would find, the other filters applied."""
    return _engine(conn, conditions, version).facets(names)


def rows(conn: Connection, ids: Sequence[UUID], wanted: Search) -> list[str]:
    """These stones as JSON, in this order; what no longer matches is left out."""
    if not ids:
        return []
    matching, params = filters.where(wanted.conditions)
    statement: LiteralString = (
        f"SELECT row_to_json(shown)::text{PLACES}"
        f" JOIN {priced.table()} AS price ON price.diamond_id = place.id"
        f" CROSS JOIN LATERAL (SELECT {fields.columns(wanted.fields)}) AS shown"
        f" WHERE {matching} ORDER BY place.number"
    )
    params |= {"ids": list(ids), "rate": wanted.rate, "places": wanted.places}
    return [text for (text,) in conn.execute(statement, params)]


def _engine(conn: Connection, conditions: Sequence[Condition], version: int | None) -> Engine:
    view = None
    if version is not None and all(each.filter.in_memory for each in conditions):
        view = shelf.current(conn, version)
    if view is None:
        return Catalogue(conn, conditions)
    from shared.diamonds.memory import Memory  # noqa: PLC0415 - imports numpy, as loading did

    return Memory(view, conditions, asking.terms())


def _beside(engine: Engine, wanted: Search, hits: Hits) -> tuple[str | None, str | None]:
    """Where the next page and the one before begin; an empty page has none beside it."""
    if not hits.places:
        return None, None
    before = _cursor(wanted, hits.places[0], back=True)
    after = _cursor(wanted, hits.places[-1], back=False)
    if wanted.cursor is not None and wanted.cursor.back:
        return _if(after, there=_is_there(engine, after)), _if(before, there=hits.more)
    begun = wanted.skip > 0 or wanted.cursor is not None
    return _if(after, there=hits.more), _if(before, there=begun and _is_there(engine, before))


def _cursor(wanted: Search, place: Place, *, back: bool) -> Cursor:
    return Cursor(wanted.sort_by, wanted.order, place.value, place.diamond_id, back)


def _is_there(engine: Engine, cursor: Cursor) -> bool:
    """Whether anything lies beyond a cursor now; what it was made from may have gone."""
    return bool(engine.page((cursor.sort_by, cursor.order), 1, skip=0, cursor=cursor).places)


def _if(cursor: Cursor, *, there: bool) -> str | None:
    return cursor.encoded() if there else None
