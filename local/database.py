"""The database commands work on: yours if DATABASE_URL is set, the embedded one otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from local import environment
from local.postgres import Postgres
from local.problem import Problem
from local.system_user import Say
from local.workspace import Workspace

NAME = "opus"


@contextmanager
def database(workspace: Workspace, say: Say) -> Iterator[str]:
    """The URL of a database that answers; an embedded one stops with us."""
    url = environment.given("DATABASE_URL")
    if url:
        _reach(url)
        yield url
    else:
        workspace.lay_out()
        with Postgres(workspace.postgres, say=say) as postgres:
            yield postgres.ensure_database(NAME)


def _reach(url: str) -> None:
    hint = "Correct DATABASE_URL, or unset it to use the embedded PostgreSQL."
    try:
        known = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise Problem("DATABASE_URL is not a PostgreSQL URL", hint) from error
    place = f"{known.get('host', 'the local socket')}:{known.get('port', 5432)}"
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        said = str(error).partition("\n")[0]
        raise Problem(f"the database of DATABASE_URL at {place} refuses: {said}", hint) from error
