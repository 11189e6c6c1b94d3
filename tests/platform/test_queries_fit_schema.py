"""Every named query is prepared by PostgreSQL against the migrated schema."""

import re

import pytest
from _pytest.mark import ParameterSet
from psycopg import Connection
from psycopg.pq import ExecStatus

from shared.platform.sql import ROOT, Query, queries

PARAMETER = re.compile(r"%\((\w+)\)[sbt]")


def every_query() -> list[ParameterSet]:
    domains = sorted(path.stem for path in (ROOT / "queries").glob("*.sql"))
    return [
        pytest.param(query, id=f"{domain}.{query.name}")
        for domain in domains
        for query in queries(domain).values()
    ]


@pytest.mark.parametrize("query", every_query())
def test_a_query_fits_the_schema(conn_on_either: Connection, query: Query) -> None:
    answer = conn_on_either.pgconn.prepare(b"", in_server_form(query.sql).encode())

    assert answer.status == ExecStatus.COMMAND_OK, answer.error_message.decode()


@pytest.mark.parametrize("query", every_query())
def test_a_query_returns_columns_exactly_if_it_returns_rows(conn: Connection, query: Query) -> None:
    conn.pgconn.prepare(b"", in_server_form(query.sql).encode())

    columns = conn.pgconn.describe_prepared(b"").nfields
    assert (columns == 0) == (query.rows == "none")


def in_server_form(sql: str) -> str:
    """`%(name)s` becomes `$n`, the same name the same number."""
    names = list(dict.fromkeys(PARAMETER.findall(sql)))
    numbered = PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    return numbered.replace("%%", "%")
