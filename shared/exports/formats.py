"""Stones as lines: JSON, or CSV that a spreadsheet may open without running anything."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from pydantic.alias_generators import to_camel

from shared.diamonds import copying
from shared.exports.model import Format

HEADER = [to_camel(name) for name in copying.COLUMNS]
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def lines_after(
    conn: Connection, file_format: Format, last: UUID | None, limit: int, *, header: bool
) -> tuple[bytes, UUID | None, int]:
    """The next stones as lines, the last one's id, and how many they are."""
    if file_format == "ndjson":
        found = copying.texts_after(conn, last, limit)
        text = "".join(f"{line}\n" for _, line in found)
        return text.encode(), found[-1][0] if found else None, len(found)
    rows = copying.rows_after(conn, last, limit)
    return _csv(rows, header=header), rows[-1][0] if rows else None, len(rows)


def _csv(rows: Sequence[Sequence[Any]], *, header: bool) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if header:
        writer.writerow(HEADER)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case str() if value.startswith(RUNS_AS_FORMULA):
            return f"'{value}"
        case _:
            return value
