"""Applies sql/migrations in the order of their numbers, each file once and in its own transaction.

A database always holds a prefix of that sequence. `pre` files run before new code is deployed,
`post` files after; why there is no library here: docs/decisions/0001-migration-runner.md.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import Connection

from shared.platform.sql import ROOT

Stage = Literal["pre", "post", "all"]

FOLDER = ROOT / "migrations"
FILE_NAME = re.compile(r"(?P<number>\d{4})_(?P<stage>pre|post)_[a-z0-9]+(_[a-z0-9]+)*\.sql")

PREPARE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name       text PRIMARY KEY,
        sha256     text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY
"""
# Of the transaction, so that it works through a pooler. The first waits for another migrator, the
# second for the application's own locks: a deployment gives up before it holds requests back.
WAIT_FOR_TURN = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '5min'"
TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtext('diamond-opus migrations'))"
WAIT_FOR_TABLES = "SET LOCAL lock_timeout = '10s'"
RECORDED = "SELECT name, sha256 FROM schema_migrations"
RECORD = "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)"


class MigrationRefused(Exception):
    """The files and the database do not tell the same story; nothing was applied."""


@dataclass(frozen=True)
class Migration:
    name: str
    stage: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def apply(url: str, stage: Stage = "all", *, folder: Path = FOLDER) -> list[str]:
    """Bring the database up to date and return the names applied now."""
    files = read(folder)
    applied = []
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as conn:
        with conn.transaction():
            _take_turn(conn)
            conn.execute(PREPARE)
        while migration := _apply_next(conn, files, stage):
            applied.append(migration.name)
    return applied


def read(folder: Path = FOLDER) -> list[Migration]:
    found = [_migration(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [migration.name[:4] for migration in found]
    for number in numbers:
        if numbers.count(number) > 1:
            raise MigrationRefused(f"two migrations have the number {number}")
    return found


def following(
    files: Sequence[Migration], recorded: Mapping[str, str], stage: Stage
) -> list[Migration]:
    """What this stage still has to apply, first to last."""
    _same_story(files, recorded)
    pending = files[len(recorded) :]
    due = [migration for migration in pending if stage in ("all", migration.stage)]
    for migration, expected in zip(due, pending, strict=False):
        if migration != expected:
            raise MigrationRefused(
                f"{expected.name} comes before {migration.name}: apply stage {expected.stage} first"
            )
    return due


def _migration(path: Path) -> Migration:
    name = FILE_NAME.fullmatch(path.name)
    if name is None:
        raise MigrationRefused(f"{path.name} is not named like 0007_pre_add_hold_expiry.sql")
    return Migration(path.name, name["stage"], path.read_bytes())


def _same_story(files: Sequence[Migration], recorded: Mapping[str, str]) -> None:
    known = {migration.name: migration for migration in files}
    for name, sha256 in sorted(recorded.items()):
        if name not in known:
            raise MigrationRefused(f"{name} was applied to this database, but its file is missing")
        if known[name].sha256 != sha256:
            raise MigrationRefused(
                f"{name} was changed after it was applied; add a new one instead"
            )
    for migration, name in zip(files, sorted(recorded), strict=False):
        if migration.name != name:
            raise MigrationRefused(
                f"{migration.name} is out of order, {name} is applied: give it a new number"
            )


def _apply_next(conn: Connection, files: Sequence[Migration], stage: Stage) -> Migration | None:
    with conn.transaction():
        _take_turn(conn)
        recorded: dict[str, str] = dict(conn.execute(RECORDED).fetchall())
        due = following(files, recorded, stage)
        if not due:
            return None
        conn.execute(due[0].content)
        conn.execute(RECORD, [due[0].name, due[0].sha256])
        return due[0]


def _take_turn(conn: Connection) -> None:
    conn.execute(WAIT_FOR_TURN)
    conn.execute(TAKE_TURN)
    conn.execute(WAIT_FOR_TABLES)
