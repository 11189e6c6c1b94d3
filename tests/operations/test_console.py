"""The console's own role: whatever statement came through, nothing secret would come back."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest
from psycopg import Connection, sql

from shared.platform.migrations import apply
from tests.support.postgres import Server

SECRET = "the-hash-of-a-key"
PLANTED = """
    INSERT INTO api_keys (id, client_id, kind, key_hash, prefix, client_name, permissions)
    VALUES (gen_random_uuid(), gen_random_uuid(), 'key', %(secret)s, 'dop_', %(secret)s, '{}');
"""
PEOPLE = ("api_keys", "audit_log", "holds", "purchases", "webhooks", "outbox", "request_nonces")
MAY_MAKE_ROLES = "CREATE ROLE {owner} LOGIN CREATEROLE NOSUPERUSER"
WAS_GIVEN_ONE = """
    CREATE ROLE {owner} LOGIN NOSUPERUSER;
    CREATE ROLE {console};
    GRANT {console} TO {owner} WITH ADMIN OPTION;
"""
HOSTED = """
    GRANT {owner} TO CURRENT_USER;
    ALTER DATABASE {database} OWNER TO {owner};
    ALTER SCHEMA public OWNER TO {owner};
"""

TRICKS = [
    *(f"SELECT * FROM {table}" for table in (*PEOPLE, "diamonds", "diamond_prices")),
    "SELECT key_hash AS a FROM public.api_keys",
    "SELECT 1 AS a) AS x, LATERAL (SELECT key_hash FROM api_keys) AS y) AS asked; --",
    "SELECT query_to_xml('SELECT * FROM api_keys', true, true, '')::text AS a",
    "SELECT table_to_xml('api_keys', true, true, '')::text AS a",
    "SELECT database_to_xml(true, true, '')::text AS a",
    "SELECT schema_to_xml('public', true, true, '')::text AS a",
    "SELECT cursor_to_xml('c', 1, true, true, '')::text AS a",
    "SELECT set_config('role', 'none', true) AS a, (SELECT max(key_hash) FROM api_keys) AS b",
    "SELECT set_config('role', 'none', true) AS a",
    "SELECT set_config('session_authorization', 'default', true) AS a",
    "SELECT console_rows_v1('SELECT key_hash FROM api_keys') AS a",
    "SELECT most_common_vals::text AS a FROM pg_stats WHERE tablename = 'api_keys'",
    "SELECT stavalues1::text AS a FROM pg_statistic",
    "SELECT rolname, rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT query FROM pg_stat_activity WHERE query LIKE '%api_keys%'",
    "SELECT pg_read_file('postgresql.conf') AS a",
    "SELECT pg_read_binary_file('global/pg_control')::text AS a",
    "SELECT pg_ls_dir('.') AS a",
    "SELECT lo_export(1, '/tmp/x')::text AS a",
    "SELECT lo_from_bytea(0, 'x')::text AS a",
    "SELECT pg_logical_emit_message(true, 'a', 'b')::text AS a",
    "SELECT pg_get_viewdef('pg_shadow') || key_hash AS a FROM api_keys",
    "SELECT current_setting('data_directory') AS a",
    "SELECT ts_stat('SELECT to_tsvector(key_hash) FROM api_keys')::text AS a",
    "SELECT 1 AS a WHERE (SELECT key_hash FROM api_keys) > ''",
    "WITH gone AS (DELETE FROM console_errors RETURNING *) SELECT * FROM gone",
    "DELETE FROM api_keys RETURNING key_hash",
    "COPY api_keys TO STDOUT",
    "TABLE api_keys",
    "SELECT nextval('audit_log_id_seq') AS a",
    "SELECT * FROM api_keys FOR UPDATE",
    "SELECT lowrite(lo_open(1, 131072), 'x')::text AS a",
]


@pytest.fixture
def planted(conn_on_either: Connection) -> Connection:
    conn_on_either.execute(PLANTED.encode(), {"secret": SECRET})
    return conn_on_either


def asked(conn: Connection, statement: str) -> list[str]:
    """What comes back as text, of a statement that no question could be made to."""
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL statement_timeout = '20s'")
        found = conn.execute("SELECT console_rows_v1(%s)", [statement]).fetchall()
    return [str(row) for (row,) in found]


@pytest.mark.parametrize("statement", TRICKS)
def test_no_statement_reads_a_secret_writes_or_becomes_somebody_else(
    planted: Connection, statement: str
) -> None:
    try:
        told = asked(planted, statement)
    except psycopg.Error as refused:
        told = [str(refused)]

    assert not [text for text in told if SECRET in text.replace(statement, "")]
    (mine,) = planted.execute("SELECT key_hash FROM api_keys").fetchall()
    assert mine[0] == SECRET
    (who,) = asked(planted, "SELECT current_user AS who")
    assert "opus_console_" in who


@pytest.mark.parametrize("setting", ["role", "session_authorization"])
def test_the_role_cannot_be_left(planted: Connection, setting: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="security-definer"):
        asked(planted, f"SELECT set_config('{setting}', 'postgres', true) AS a")


@pytest.mark.parametrize("view", ["diamonds", "runs", "errors", "quarantine", "partitions"])
def test_its_views_can_be_read(planted: Connection, view: str) -> None:
    assert asked(planted, f"SELECT count(*) AS rows FROM console_{view}")


def test_the_role_may_read_six_views_and_nothing_else(conn_on_either: Connection) -> None:
    found = conn_on_either.execute(
        "SELECT relname FROM pg_class, pg_roles"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')"
        "   AND rolname LIKE 'opus_console_%' AND CASE relkind WHEN 'S'"
        "       THEN has_sequence_privilege(rolname, pg_class.oid, 'USAGE, SELECT, UPDATE')"
        "       ELSE has_table_privilege(rolname, pg_class.oid,"
        "            'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        "            OR has_any_column_privilege(rolname, pg_class.oid, 'SELECT, INSERT, UPDATE')"
        "       END ORDER BY relname"
    )

    names = ("diamonds", "errors", "partitions", "price_changes", "quarantine", "runs")
    assert [name for (name,) in found] == [f"console_{name}" for name in names]


def test_nobody_else_may_use_it(conn_on_either: Connection) -> None:
    (allowed,) = conn_on_either.execute(
        "SELECT has_function_privilege('pg_monitor', 'console_rows_v1(text)', 'EXECUTE')"
    ).fetchone() or (None,)

    assert allowed is False


def test_restored_under_another_owner_it_refuses(conn_on_either: Connection) -> None:
    conn_on_either.execute("ALTER FUNCTION console_rows_v1(text) OWNER TO CURRENT_USER")

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not confined"):
        asked(conn_on_either, "SELECT 1 AS one")


@pytest.fixture(params=["postgres", "postgres_15"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=[MAY_MAKE_ROLES, WAS_GIVEN_ONE], ids=["makes roles", "was given one"])
def hosted(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """A database whose owner is no superuser, as Azure and Supabase have it."""
    with server.database(template="template1") as url:
        database = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        owner = f"owner_of_{database}"
        names = {"owner": owner, "database": database, "console": f"opus_console_{database}"}
        run(url, request.param, HOSTED, **names)
        yield psycopg.conninfo.make_conninfo(url, user=owner)
        run(url, GONE, **names)


GONE = """
    DROP SCHEMA public CASCADE;
    ALTER DATABASE {database} OWNER TO CURRENT_USER;
    DROP OWNED BY {owner}, {console};
    DROP ROLE {console};
    DROP ROLE {owner};
"""


def run(url: str, *statements: LiteralString, **names: str) -> None:
    identifiers = {name: sql.Identifier(value) for name, value in names.items()}
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(sql.SQL(statement).format(**identifiers))


def test_an_owner_who_is_no_superuser_has_the_same_console(hosted: str) -> None:
    apply(hosted)

    with psycopg.connect(hosted) as conn:
        conn.execute(PLANTED.encode(), {"secret": SECRET})
        assert asked(conn, "SELECT count(*) AS rows FROM console_runs") == ['{"rows":0}']
        for statement in (
            "SELECT key_hash FROM api_keys",
            "SELECT set_config('role', 'none', true)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                asked(conn, statement)
