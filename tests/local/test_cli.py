"""What can be wrong is named, with what to do about it; what is asked for is done."""

import shutil
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest

from local.workspace import REPOSITORY
from tests.support.opus import opus

NOWHERE = "postgresql://opus:sesame@127.0.0.1:1/opus"


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = opus("up", "--port", str(port), "--data-dir", tmp_path)

    assert refused.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in refused.stderr
    assert f"--port {port + 1}" in refused.stderr


def test_an_unreachable_database_is_named_without_its_password(tmp_path: Path) -> None:
    refused = opus("up", "--port", "0", "--data-dir", tmp_path, DATABASE_URL=NOWHERE)

    assert refused.returncode == 1
    assert "the database of DATABASE_URL at 127.0.0.1:1 refuses" in refused.stderr
    assert "unset it to use the embedded PostgreSQL" in refused.stderr
    assert "sesame" not in refused.stderr


def test_a_folder_that_cannot_be_written_is_named() -> None:
    refused = opus("migrate", "--data-dir", "/proc/opus")

    assert refused.returncode == 1
    assert "cannot write to /proc/opus" in refused.stderr


@pytest.mark.parametrize(
    "command", [["runs"], ["run"], ["cancel", "1"], ["retry", "1"], ["import", "README.md"]]
)
def test_commands_on_runs_say_when_no_app_is_running(command: list[str], tmp_path: Path) -> None:
    refused = opus(*command, "--data-dir", tmp_path)

    assert refused.returncode == 1
    assert "no app is running" in refused.stderr
    assert "./opus up" in refused.stderr


def test_a_database_is_migrated_once(database_url: str) -> None:
    assert opus("migrate", DATABASE_URL=database_url).stdout == "the database is up to date\n"


def test_a_key_is_shown_once_listed_and_revoked(database_url: str) -> None:
    made = opus("keys", "new", "a shop", "--scope", "diamonds:read", DATABASE_URL=database_url)
    listed = opus("keys", "list", DATABASE_URL=database_url, COLUMNS="200").stdout
    key_id = next(word for word in listed.split() if word.count("-") == 4)
    revoked = opus("keys", "revoke", key_id, DATABASE_URL=database_url)

    assert made.stdout.startswith("dop_")
    assert made.stdout.strip() not in listed
    assert "a shop" in listed
    assert revoked.returncode == 0


def test_a_key_is_rotated_and_a_signing_secret_made(database_url: str) -> None:
    scope = ("--scope", "diamonds:read")
    opus("keys", "new", "a shop", *scope, DATABASE_URL=database_url)
    listed = opus("keys", "list", DATABASE_URL=database_url, COLUMNS="200").stdout
    key_id = next(word for word in listed.split() if word.count("-") == 4)
    rotated = opus("keys", "rotate", key_id, DATABASE_URL=database_url)
    signing = ("keys", "new", "a partner", *scope, "--signature")
    made = opus(*signing, DATABASE_URL=database_url, ACCESS_SIGNING_KEY="x" * 40)
    refused = opus(*signing, DATABASE_URL=database_url)

    assert rotated.stdout.startswith("dop_"), rotated.stderr
    assert "X-Client-Id: " in made.stdout + made.stderr
    assert made.stdout.splitlines()[-1].startswith("dos_")
    assert (refused.returncode, "ACCESS_SIGNING_KEY is not set" in refused.stderr) == (1, True)


def test_a_key_is_bound_to_a_price_list_there_is(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO price_lists (name, points, changed_by) VALUES ('eu', -750, 'x')")
    wanted = ("keys", "new", "a shop", "--scope", "diamonds:read", "--price-list")
    bound = opus(*wanted, "eu", DATABASE_URL=database_url)
    unknown = opus(*wanted, "us", DATABASE_URL=database_url)
    listed = opus("keys", "list", DATABASE_URL=database_url, COLUMNS="200").stdout

    assert bound.stdout.startswith("dop_")
    assert (unknown.returncode, "there is no list us" in unknown.stderr) == (1, True)
    assert " eu " in listed


def test_help_explains_every_command() -> None:
    said = opus("--help").stdout

    for command in (
        "up",
        "run",
        "runs",
        "retry",
        "cancel",
        "import",
        "migrate",
        "keys",
        "check",
        "test",
    ):
        assert f"│ {command} " in said


def test_an_unsuitable_python_is_refused_with_what_was_found(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "opus", tmp_path)
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    old.chmod(0o755)

    refused = subprocess.run(
        [tmp_path / "opus", "up"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "OPUS_PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert refused.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in refused.stderr
    assert "Python 3.9.2" in refused.stderr
