"""Named queries from sql/queries/*.sql.

Each query is headed `-- name: place_hold :one` (`:one`, `:many` or `:none`) and a sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, LiteralString, cast

ROOT = Path(__file__).resolve().parents[2] / "sql"
HEADER = re.compile(r"^-- name: (?P<name>\w+) :(?P<rows>one|many|none)$", re.MULTILINE)

NAMED = re.compile(r"/\* (?P<name>\w+) \*/ ")


class QueryFileBroken(Exception):
    """A query without its name, its row count or its sentence, or with a name used twice."""


@dataclass(frozen=True)
class Query:
    name: str
    rows: Literal["one", "many", "none"]
    sentence: str
    sql: LiteralString


@cache
def queries(domain: str) -> Mapping[str, Query]:
    """Load `sql/queries/<domain>.sql`."""
    return parse((ROOT / "queries" / f"{domain}.sql").read_text(encoding="utf-8"), domain)


def parse(text: str, source: str) -> Mapping[str, Query]:
    found: dict[str, Query] = {}
    headers = list(HEADER.finditer(text))
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        body = text[header.end() : following.start() if following else len(text)].strip()
        query = _query(header, body, source)
        if query.name in found:
            raise QueryFileBroken(f"{source}: {query.name} is named twice")
        found[query.name] = query
    return found


def name_of(statement: str) -> str:
    """The query's name, or the statement's verb if it was composed elsewhere."""
    named = NAMED.match(statement)
    return named["name"] if named else statement.partition(" ")[0].strip().upper() or "SQL"


def _named(name: str, statement: str) -> LiteralString:
    """The name travels with the statement: into spans, pg_stat_activity and slow query logs."""
    return f"/* {name} */ {statement}"


def _query(header: re.Match[str], body: str, source: str) -> Query:
    first, _, statement = body.partition("\n")
    if not first.startswith("-- ") or not statement.strip():
        raise QueryFileBroken(f"{source}: {header['name']} lacks its sentence or its statement")
    return Query(
        name=header["name"],
        rows=cast("Literal['one', 'many', 'none']", header["rows"]),
        sentence=first.removeprefix("-- "),
        sql=_named(header["name"], statement.strip().rstrip(";")),
    )
