"""Search in SQL: always right, and fast enough until the columns are in memory."""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import Connection

from shared.diamonds import filters, priced
from shared.diamonds.filters import Condition
from shared.diamonds.hits import (
    COUNTED_TO,
    HISTOGRAMS,
    CountMode,
    Facets,
    Hits,
    Loosened,
    Place,
    Total,
    nearest,
)
from shared.diamonds.sorting import SORTS, Cursor, Order, SortBy, beyond, order_by


class Catalogue:
    def __init__(self, conn: Connection, conditions: Sequence[Condition]) -> None:
        self._conn = conn
        self._conditions = conditions

    def page(
        self, order: tuple[SortBy, Order], limit: int, *, skip: int, cursor: Cursor | None
    ) -> Hits:
        back = cursor is not None and cursor.back
        matching, params = filters.where(self._conditions)
        if cursor:
            matching += f" AND {beyond(cursor)}"
            params |= {"cursor_value": cursor.value, "cursor_id": cursor.diamond_id}
        statement: LiteralString = (
            f"SELECT diamond.id, {SORTS[order[0]].expression}{priced.stones()} WHERE {matching} "
            f"{order_by(*order, back=back)} LIMIT %(fetch)s OFFSET %(skip)s"
        )
        found = self._conn.execute(statement, params | {"fetch": limit + 1, "skip": skip})
        return nearest([Place(stone, value) for stone, value in found], limit, back=back)

    def total(self, count: CountMode) -> Total:
        matching, params = filters.where(self._conditions)
        if count == "exact":
            return Total(
                self._count(f"SELECT count(*){priced.stones()} WHERE {matching}", params),
                exact=True,
            )
        params |= {"most": COUNTED_TO + 1}
        capped: LiteralString = (
            f" FROM (SELECT{priced.stones()} WHERE {matching} LIMIT %(most)s) AS capped"
        )
        stones = self._count(f"SELECT count(*){capped}", params)
        return Total(min(stones, COUNTED_TO), exact=stones <= COUNTED_TO)

    def loosened(self) -> Loosened | None:
        """One pass counts what each filter alone keeps away."""
        names = list(dict.fromkeys(each.filter.name for each in self._conditions))
        if not names:
            return None
        params: dict[str, Any] = {}
        counts: list[LiteralString] = []
        for number, name in enumerate(names):
            matching, needed = filters.where(self._without(name), f"g{number}_")
            counts.append(f"count(*) FILTER (WHERE {matching})")
            params |= needed
        statement: LiteralString = (
            f"SELECT {', '.join(counts)}{priced.stones()} WHERE {filters.LISTED}"
        )
        row = self._conn.execute(statement, params).fetchone() or ()
        stones, name = max(zip(row, names, strict=True))
        return Loosened(name, stones) if stones else None

    def facets(self, names: Sequence[str]) -> Facets:
        counts = {name: self._facet(name) for name in names}
        histograms = {name: self._histogram(name) for name in HISTOGRAMS}
        return Facets(self.total("exact").stones, counts, histograms)

    def _without(self, name: str) -> list[Condition]:
        return [each for each in self._conditions if each.filter.name != name]

    def _facet(self, name: str) -> dict[str | None, int]:
        return self._grouped(filters.BY_NAME[name].column, self._without(name), {})

    def _histogram(self, name: str) -> list[int]:
        bounds = filters.BY_NAME[name]
        edges: dict[str, Any] = {"edges": list(HISTOGRAMS[name])}
        bucket: LiteralString = f"width_bucket({bounds.column}, %(edges)s::numeric[])"
        found = self._grouped(bucket, self._without(name), edges)
        return [found.get(number, 0) for number in [*range(len(HISTOGRAMS[name]) + 1), None]]

    def _grouped(
        self, group: LiteralString, conditions: Sequence[Condition], params: dict[str, Any]
    ) -> dict[Any, int]:
        matching, needed = filters.where(conditions)
        statement: LiteralString = (
            f"SELECT {group}, count(*){priced.stones()} WHERE {matching}"
            " GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return dict(self._conn.execute(statement, params | needed).fetchall())

    def _count(self, statement: LiteralString, params: dict[str, Any]) -> int:
        row = self._conn.execute(statement, params).fetchone()
        return int(row[0]) if row else 0
