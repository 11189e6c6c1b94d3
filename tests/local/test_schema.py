"""sql/schema.sql says what the migrations do."""

from local import schema
from tests.support.postgres import TEMPLATE, Server


def test_the_schema_file_is_what_the_migrations_make(postgres: Server) -> None:
    made = schema.of_database(postgres.postgres, TEMPLATE)

    assert made == schema.FILE.read_text(), "run ./opus migrate --dump-schema"
