"""What holds for every table, whoever adds it."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import scalar_row

from shared.platform.migrations import apply
from tests.support.postgres import Server

UNLOCKED = """
    SELECT relname
      FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p')
       AND NOT relrowsecurity
"""
GRANTED = """
    SELECT relname
      FROM pg_class
     WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p', 'v', 'm')
       AND has_table_privilege('anon', oid, 'SELECT, INSERT, UPDATE, DELETE')
"""
HOSTED = """
    CREATE ROLE anon;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon;
"""
UNHOSTED = """
    DROP OWNED BY anon;
    DROP ROLE anon;
"""


@pytest.fixture
def hosted_conn(postgres: Server) -> Iterator[Connection]:
    """A database as a hosting service hands it out: a visitor may use every new table."""
    with (
        postgres.database(template="template1") as url,
        psycopg.connect(url, autocommit=True, row_factory=scalar_row) as connection,
    ):
        connection.execute(HOSTED)
        apply(url)
        yield connection
        connection.execute(UNHOSTED)


def test_every_table_has_row_level_security_on(conn: Connection) -> None:
    assert conn.execute(UNLOCKED).fetchall() == []


def test_nothing_is_granted_to_anonymous_visitors_of_a_hosted_database(
    hosted_conn: Connection,
) -> None:
    assert hosted_conn.execute(GRANTED).fetchall() == []


def test_the_migrations_suit_the_oldest_supported_version(postgres_15: Server) -> None:
    with psycopg.connect(postgres_15.scratch) as connection:
        assert connection.execute(UNLOCKED).fetchall() == []
