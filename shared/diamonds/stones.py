"""Stones as the public sees them, one or a few at a time; never cost, markup or supplier."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.diamonds import grading
from shared.platform.errors import NotFound
from shared.platform.sql import queries

SQL = queries("stones")

Stone = dict[str, Any]


class DiamondNotFound(NotFound):
    code = "DIAMOND_NOT_FOUND"

    def __init__(self, diamond_id: UUID) -> None:
        super().__init__(f"Diamond with ID {diamond_id} not found.")


class CertificateNotFound(NotFound):
    code = "CERTIFICATE_NOT_FOUND"
    hint = "The stone may have been sold, or the report is not one of ours."


def get(conn: Connection, diamond_id: UUID) -> Stone:
    """One active stone, on sale or not."""
    found = rows(conn, "find_stone", id=diamond_id)
    if not found:
        raise DiamondNotFound(diamond_id)
    return found[0]


def costs(conn: Connection, diamond_id: UUID) -> Stone | None:
    """For staff: what a stone costs us, our markup, and whose it is; None once it is gone."""
    found = rows(conn, "find_costs", id=diamond_id)
    return found[0] if found else None


def several(conn: Connection, ids: Sequence[UUID]) -> list[Stone]:
    """Those that are active, in the order they were asked for."""
    found = {stone["id"]: stone for stone in rows(conn, "list_stones", ids=list(ids))}
    return [found[one] for one in ids if one in found]


def with_certificate(conn: Connection, lab: str, number: str) -> list[Stone]:
    """Every offer of the stone with this report: on sale first, then the cheapest."""
    asked = {"lab": grading.name(lab), "number": "".join(number.split()).upper()}
    found = rows(conn, "find_by_certificate", **asked)
    if not found:
        raise CertificateNotFound(f"No stone with the report {asked['lab']} {asked['number']}.")
    return found


def price_history(conn: Connection, diamond_id: UUID, *, limit: int) -> list[Stone]:
    """Which price was shown from when to when, newest first."""
    return rows(conn, "public_price_history", id=diamond_id, limit=limit)


def rows(conn: Connection, name: str, **params: Any) -> list[Stone]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name].sql, params).fetchall()
