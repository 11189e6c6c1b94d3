"""The embedded server outlives nothing it should not, and loses nothing it should keep."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest

from local.postgres import Postgres, PostgresFailed, embedded_programs, throwaway_postgres

OWNER = """
import sys, time
from pathlib import Path
from uuid import uuid4
from local.postgres import Postgres
owner = Postgres(Path(sys.argv[1])).start()  # named, or it would give its ownership up at once
print(owner.url(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(open_folder: Path) -> Path:
    return open_folder / uuid4().hex


@pytest.fixture
def owner(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", OWNER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()
    wait_until(lambda: servers_of(folder) == [])


def test_what_was_committed_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    with Postgres(folder) as postgres:
        commit_a_stone(postgres.url())

    with Postgres(folder) as postgres:
        assert stones(postgres.url()) == 1


def test_a_server_dies_with_its_killed_owner_and_its_data_stays(
    folder: Path, owner: subprocess.Popen[str]
) -> None:
    url = first_line(owner)
    commit_a_stone(url)

    owner.kill()
    owner.wait()

    wait_until(lambda: servers_of(folder) == [])
    with Postgres(folder) as postgres:
        assert stones(postgres.url()) == 1


def test_a_server_comes_back_when_everything_was_killed(
    folder: Path, owner: subprocess.Popen[str]
) -> None:
    commit_a_stone(first_line(owner))

    for process in [psutil.Process(owner.pid), *servers_of(folder)]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    owner.wait()

    with Postgres(folder) as postgres:
        assert stones(postgres.url()) == 1


def test_a_pid_file_that_names_a_stranger_does_not_stop_a_start(folder: Path) -> None:
    with Postgres(folder):
        pass
    (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'data'}\n")

    with Postgres(folder) as postgres:
        commit_a_stone(postgres.url())


def test_a_server_with_a_living_owner_is_shared_and_left_running(
    folder: Path, owner: subprocess.Popen[str]
) -> None:
    url = first_line(owner)

    with Postgres(folder) as guest:
        commit_a_stone(guest.url())

    assert stones(url) == 1


def test_a_server_that_cannot_start_shows_the_end_of_its_log(folder: Path) -> None:
    with Postgres(folder):
        pass
    (folder / "data" / "PG_VERSION").write_text("9\n")

    with pytest.raises(PostgresFailed, match="incompatible"):
        Postgres(folder).start()


def test_a_throwaway_server_leaves_nothing_behind() -> None:
    with throwaway_postgres() as postgres:
        home = postgres.folder.parent

    assert not home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers for another account")
def test_below_a_folder_closed_to_its_account_a_server_runs_from_a_shelter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    installed = embedded_programs()
    package = installed.parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    programs = tmp_path / installed.relative_to(package.parent)
    said: list[str] = []

    postgres = Postgres(tmp_path / "postgres", programs=programs, throwaway=True, say=said.append)
    try:
        commit_a_stone(postgres.start().url())

        assert said == [
            f"{tmp_path} is closed to PostgreSQL's account; data kept in {postgres.folder}"
        ]
        assert (tmp_path / "postgres").resolve() == postgres.folder
        assert postgres.programs.is_relative_to(postgres.folder)
    finally:
        postgres.remove()


def commit_a_stone(url: str) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE stones AS SELECT 1 AS stone")


def stones(url: str) -> int:
    with psycopg.connect(url) as conn:
        return len(conn.execute("SELECT FROM stones").fetchall())


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def servers_of(folder: Path) -> list[psutil.Process]:
    data = str(folder / "data")
    found = psutil.process_iter(["name", "cwd"])
    return [p for p in found if p.info["name"] == "postgres" and p.info["cwd"] == data]


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)
