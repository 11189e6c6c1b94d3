"""Migrations are applied once, in order, unchanged, by one migrator at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from shared.platform import migrations
from shared.platform.migrations import MigrationRefused, apply
from tests.support.postgres import Server


@pytest.fixture
def empty_url(postgres: Server) -> Iterator[str]:
    with postgres.database(template="template1") as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_pre_create_stones.sql").write_text("CREATE TABLE stones (id int);")
    (tmp_path / "0002_pre_create_holds.sql").write_text("CREATE TABLE holds (id int);")
    (tmp_path / "0003_post_drop_stones.sql").write_text("DROP TABLE stones;")
    return tmp_path


def test_every_file_of_the_repository_is_well_named_and_has_a_number_of_its_own() -> None:
    numbers = [migration.name[:4] for migration in migrations.read()]

    assert numbers == sorted(set(numbers))


def test_a_badly_named_file_is_refused(empty_url: str, folder: Path) -> None:
    (folder / "add_rings.sql").write_text("SELECT 1")

    with pytest.raises(MigrationRefused, match=r"add_rings\.sql is not named like"):
        apply(empty_url, folder=folder)


def test_two_files_with_one_number_are_refused(empty_url: str, folder: Path) -> None:
    (folder / "0002_pre_create_rings.sql").write_text("SELECT 1")

    with pytest.raises(MigrationRefused, match="two migrations have the number 0002"):
        apply(empty_url, folder=folder)


def test_running_twice_does_nothing_the_second_time(empty_url: str) -> None:
    first = apply(empty_url)

    assert first == [migration.name for migration in migrations.read()]
    assert apply(empty_url) == []


def test_post_files_wait_for_their_stage(empty_url: str, folder: Path) -> None:
    assert len(apply(empty_url, "pre", folder=folder)) == 2
    assert apply(empty_url, "pre", folder=folder) == []
    assert apply(empty_url, "post", folder=folder) == ["0003_post_drop_stones.sql"]


def test_post_files_are_refused_before_their_pre_files(empty_url: str, folder: Path) -> None:
    with pytest.raises(MigrationRefused, match=r"0001_pre_create_stones\.sql comes before"):
        apply(empty_url, "post", folder=folder)


def test_a_pre_file_is_refused_while_an_earlier_post_file_waits(
    empty_url: str, folder: Path
) -> None:
    (folder / "0004_pre_create_rings.sql").write_text("CREATE TABLE rings (id int);")

    with pytest.raises(MigrationRefused, match="apply stage post first"):
        apply(empty_url, "pre", folder=folder)


def test_a_changed_file_is_refused(empty_url: str, folder: Path) -> None:
    apply(empty_url, folder=folder)
    (folder / "0001_pre_create_stones.sql").write_text("CREATE TABLE stones (id bigint);")

    with pytest.raises(MigrationRefused, match=r"0001_pre_create_stones\.sql was changed"):
        apply(empty_url, folder=folder)


def test_a_missing_file_is_refused(empty_url: str, folder: Path) -> None:
    apply(empty_url, folder=folder)
    (folder / "0002_pre_create_holds.sql").unlink()

    with pytest.raises(MigrationRefused, match=r"0002_pre_create_holds\.sql was applied"):
        apply(empty_url, folder=folder)


def test_a_file_numbered_before_an_applied_one_is_refused(empty_url: str, folder: Path) -> None:
    late = folder / "0002_pre_create_holds.sql"
    statement = late.read_text()
    late.unlink()
    apply(empty_url, folder=folder)
    late.write_text(statement)

    with pytest.raises(MigrationRefused, match=r"0002_pre_create_holds\.sql is out of order"):
        apply(empty_url, folder=folder)


def test_a_failing_file_leaves_the_earlier_ones_applied_and_nothing_of_itself(
    empty_url: str, folder: Path
) -> None:
    broken = folder / "0002_pre_create_holds.sql"
    broken.write_text("CREATE TABLE holds (id int); SELECT 1 / 0;")

    with pytest.raises(psycopg.errors.DivisionByZero):
        apply(empty_url, folder=folder)

    broken.write_text("CREATE TABLE holds (id int);")
    assert apply(empty_url, folder=folder)[0] == broken.name


def test_two_migrators_at_once_apply_every_file_once(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as workers:
        applied = list(workers.map(apply, [empty_url, empty_url]))

    assert sorted(applied[0] + applied[1]) == [migration.name for migration in migrations.read()]


def test_a_migrator_does_not_wait_long_for_tables_in_use(
    empty_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "WAIT_FOR_TABLES", "SET LOCAL lock_timeout = '100ms'")
    apply(empty_url, "pre", folder=folder)

    with psycopg.connect(empty_url) as reader:
        reader.execute("SELECT FROM stones")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            apply(empty_url, "post", folder=folder)
