"""What every test may ask for: real PostgreSQL, and settings that point the app at it."""

import os
from collections.abc import Callable, Iterator
from typing import Protocol

import psycopg
import pytest
from psycopg import Connection

from shared.diamonds.shelf import shelf
from shared.platform import blobs, bus, db
from shared.platform.settings import Settings, settings
from tests.support.postgres import Server, programs_of, server

NO_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=nobody;AccountKey=bm9ib2R5;"
    "BlobEndpoint=http://127.0.0.1:9/nobody;"
)


class AppSettings(Protocol):
    def __call__(self, **environment: str) -> Settings: ...


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """PostgreSQL 18 with a migrated template database."""
    yield from _server(18)


@pytest.fixture(scope="session")
def postgres_15() -> Iterator[Server]:
    """The oldest PostgreSQL we support."""
    yield from _server(15)


@pytest.fixture
def conn(postgres: Server) -> Iterator[Connection]:
    """A transaction on the migrated schema, rolled back afterwards; for code that never commits."""
    yield from _rolled_back(postgres)


@pytest.fixture(params=["postgres", "postgres_15"])
def conn_on_either(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """As `conn`, once on each end of the supported versions."""
    yield from _rolled_back(request.getfixturevalue(request.param))


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    """A migrated database of the test's own; for code that commits or races."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def app_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppSettings]:
    """Sets the app's environment, e.g. `app_settings(DATABASE_URL=url, INGEST_GRACE_SECONDS="1")`.

    It starts empty of settings; a later call adds to the earlier ones.
    """
    for name in [name for name in os.environ if _is_a_setting(name)]:  # noqa: TID251
        monkeypatch.delenv(name)
    monkeypatch.setenv("AzureWebJobsStorage", NO_STORAGE)
    monkeypatch.setenv("SEARCH_IN_MEMORY", "false")

    def apply(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        _forget_settings()
        return settings()

    yield apply
    _forget_settings()


@pytest.fixture
def app_database(database_url: str, app_settings: AppSettings) -> str:
    """The app, `db.transaction()` included, works on a database of the test's own."""
    app_settings(DATABASE_URL=database_url)
    return database_url


def _server(version: int) -> Iterator[Server]:
    programs = programs_of(version)
    if programs is None:
        pytest.skip(f"PostgreSQL {version} is not installed (on Debian: postgresql-{version})")
    with server(programs) as running:
        yield running


def _rolled_back(running: Server) -> Iterator[Connection]:
    with psycopg.connect(running.scratch, prepare_threshold=None) as connection:
        yield connection
        connection.rollback()


def _is_a_setting(name: str) -> bool:
    prefixes = tuple(group.upper() + "_" for group in Settings.model_fields)
    return name.upper().startswith((*prefixes, "AZUREWEBJOBSSTORAGE", "SERVICEBUSCONNECTION"))


def _forget_settings() -> None:
    shelf.forget()
    if db.pool.cache_info().currsize:
        db.pool().close()
    if bus.client.cache_info().currsize:
        bus.client().close()
    caches: tuple[Callable[[], None], ...] = (
        settings.cache_clear,
        db.pool.cache_clear,
        bus.client.cache_clear,
        blobs.service.cache_clear,
        blobs._ensure.cache_clear,
    )
    for clear in caches:
        clear()
