"""sql/schema.sql: the schema all migrations make together, to read and to review."""

import re
import subprocess

from local.postgres import Postgres, throwaway_postgres
from shared.platform import migrations
from shared.platform.sql import ROOT

FILE = ROOT / "schema.sql"
HEADING = "-- Made by ./opus migrate --dump-schema from sql/migrations; not edited by hand.\n\n"
# Remarks, session settings and pg_dump's own meta commands, which differ from run to run.
NOISE = re.compile(
    r"^(--|SET |SELECT pg_catalog\.set_config|COMMENT ON SCHEMA |\\).*\n", re.MULTILINE
)
BLANK_LINES = re.compile(r"\n{3,}")


def of_migrations() -> str:
    """What the migrations make of an empty database."""
    with throwaway_postgres() as postgres:
        migrations.apply(postgres.create_database("opus"))
        return of_database(postgres, "opus")


def of_database(postgres: Postgres, database: str) -> str:
    options = ["--schema-only", "--no-owner", "--no-privileges", "--schema=public"]
    program = str(postgres.programs / "pg_dump")
    dump = subprocess.run(
        [program, *options, postgres.url(database)], capture_output=True, text=True, check=True
    )
    statements = NOISE.sub("", dump.stdout).replace("CREATE SCHEMA public;\n", "")
    return HEADING + BLANK_LINES.sub("\n\n", statements).strip() + "\n"
