from collections.abc import Iterator

import pytest

from shared.feeds import registry
from shared.feeds.model import Feed, Trading
from shared.platform import db
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.postgres import Server


@pytest.fixture(scope="module")
def premises() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture(scope="module")
def module_database(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def app_database(module_database: str, app_settings: AppSettings) -> str:
    """One for all tests of a module: of the database these use the pace alone."""
    nivoda.forget_the_pace(module_database)
    app_settings(DATABASE_URL=module_database)
    return module_database


@pytest.fixture
def partner(
    premises: nivoda.Running, app_database: str, app_settings: AppSettings
) -> Iterator[nivoda.Running]:
    """A supplier with 170 stones of each kind; the app is told to use it."""
    assert app_database
    premises.restock()
    app_settings(**premises.environment)
    db.pool()
    with nivoda.hanging_up():
        yield premises


@pytest.fixture
def natural(partner: nivoda.Running) -> Feed:
    assert partner
    return registry.feed("nivoda-natural")


@pytest.fixture
def trading(partner: nivoda.Running) -> Trading:
    assert partner
    return registry.trading("nivoda-natural")
