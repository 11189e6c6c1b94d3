"""Real PostgreSQL servers for tests: one per test process, started when first asked for."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from local.postgres import Postgres, embedded_programs, throwaway_postgres
from shared.platform import migrations

TEMPLATE = "opus_template"
SCRATCH = "opus_scratch"
EMBEDDED = 18


class Server:
    """A running PostgreSQL with a migrated template, from which databases are cloned."""

    def __init__(self, postgres: Postgres) -> None:
        self.postgres = postgres
        migrations.apply(postgres.create_database(TEMPLATE))
        self.scratch = postgres.create_database(SCRATCH, template=TEMPLATE)
        self._numbers = count()

    @contextmanager
    def database(self, *, template: str = TEMPLATE) -> Iterator[str]:
        """The URL of a database that is gone afterwards; an empty one with `template1`."""
        name = f"opus_{next(self._numbers)}"
        yield self.postgres.create_database(name, template=template)
        self.postgres.drop_database(name)


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    with throwaway_postgres(programs) as postgres:
        yield Server(postgres)


def programs_of(version: int) -> Path | None:
    """Where this major version is installed, if it is."""
    if version == EMBEDDED:
        return embedded_programs()
    debian = Path(f"/usr/lib/postgresql/{version}/bin")
    on_path = [Path(folder) for folder in os.get_exec_path()]
    for folder in (debian, *on_path):
        if (folder / "postgres").exists() and _major_version(folder / "postgres") == version:
            return folder
    return None


def _major_version(program: Path) -> int:
    answer = subprocess.check_output([str(program), "--version"], text=True)
    return int(answer.split()[2].split(".")[0])
