"""Finding stones on sale: filters composed from fixed fragments; values stay parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.diamonds.sorting import SORTS, Cursor, Order, SortBy, just_after, order_by
from shared.platform.errors import NotFound

FILTERS: Mapping[str, LiteralString] = {
    "shape": "diamond.shape = ANY(%(shape)s::text[])",
    "color": "diamond.color = ANY(%(color)s::text[])",
    "clarity": "diamond.clarity = ANY(%(clarity)s::text[])",
    "cut": "diamond.cut = ANY(%(cut)s::text[])",
    "lab_grown": "diamond.lab_grown = %(lab_grown)s",
    "carat_min": "diamond.carats >= %(carat_min)s",
    "carat_max": "diamond.carats <= %(carat_max)s",
    "price_min": "price.price_model_price >= %(price_min)s",
    "price_max": "price.price_model_price <= %(price_max)s",
}

# What the public may see: never cost, markup or supplier.
PUBLIC: LiteralString = """
SELECT diamond.id, diamond.shape, diamond.carats, diamond.color, diamond.clarity, diamond.cut,
       diamond.polish, diamond.symmetry, diamond.fluorescence_intensity,
       diamond.fluorescence_color, diamond.fancy_color, diamond.fancy_intensity,
       diamond.fancy_overtone, diamond.lab_grown, diamond.treated, diamond.availability,
       price.price_model_price AS price,
       round(price.price_model_price / diamond.carats, 2) AS price_per_carat, price.rating,
       diamond.certificate_lab, diamond.certificate_number, diamond.certificate_url,
       diamond.image_url, diamond.video_url, diamond.length_mm, diamond.width_mm,
       diamond.depth_mm, diamond.depth_pct, diamond.table_pct, diamond.ratio,
       diamond.created_at, diamond.updated_at"""
ACTIVE: LiteralString = """
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 WHERE diamond.status = 'active'"""
ON_SALE: LiteralString = f"{ACTIVE} AND diamond.availability = 'available'"


class DiamondNotFound(NotFound):
    code = "DIAMOND_NOT_FOUND"

    def __init__(self, diamond_id: UUID) -> None:
        super().__init__(f"Diamond with ID {diamond_id} not found.")


@dataclass(frozen=True)
class Search:
    """`filters` are keyed as in FILTERS; money in US dollars, bounds inclusive."""

    filters: Mapping[str, Any]
    sort_by: SortBy
    order: Order
    limit: int
    after: Cursor | None = None


@dataclass(frozen=True)
class Found:
    stones: list[dict[str, Any]]
    total: int
    next_cursor: str | None


def search(conn: Connection, wanted: Search) -> Found:
    """One page of stones on sale, how many match in all, and where the next page starts."""
    matching = " AND ".join([ON_SALE, *(FILTERS[name] for name in wanted.filters)])
    rows = _rows(conn, wanted, matching)
    page, more = rows[: wanted.limit], len(rows) > wanted.limit
    last = page[-1] if more else None
    following = (
        Cursor(wanted.sort_by, wanted.order, last["sort_value"], last["id"]) if last else None
    )
    return Found(
        stones=[_without_sort_value(row) for row in page],
        total=_total(conn, wanted, matching),
        next_cursor=following.encoded() if following else None,
    )


def get(conn: Connection, diamond_id: UUID) -> dict[str, Any]:
    """One active stone as the public sees it, on sale or on hold."""
    statement = f"{PUBLIC}{ACTIVE} AND diamond.id = %(id)s"
    with conn.cursor(row_factory=dict_row) as cursor:
        stone = cursor.execute(statement, {"id": diamond_id}).fetchone()
    if stone is None:
        raise DiamondNotFound(diamond_id)
    return stone


def _rows(conn: Connection, wanted: Search, matching: LiteralString) -> list[dict[str, Any]]:
    sort_value: LiteralString = f"{SORTS[wanted.sort_by].expression} AS sort_value"
    after: LiteralString = f" AND {just_after(wanted.after)}" if wanted.after else ""
    statement: LiteralString = (
        f"{PUBLIC}, {sort_value}{matching}{after} "
        f"{order_by(wanted.sort_by, wanted.order)} LIMIT %(fetch)s"
    )
    params = {**wanted.filters, "fetch": wanted.limit + 1}
    if wanted.after:
        params |= {"after_value": wanted.after.value, "after_id": wanted.after.diamond_id}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, params).fetchall()


def _total(conn: Connection, wanted: Search, matching: LiteralString) -> int:
    row = conn.execute(f"SELECT count(*){matching}", dict(wanted.filters)).fetchone()
    return int(row[0]) if row else 0


def _without_sort_value(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "sort_value"}
