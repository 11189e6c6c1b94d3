from collections.abc import Iterator

import pytest

from shared.feeds import registry
from shared.feeds.model import Feed, Trading
from shared.platform import db
from tests.conftest import AppSettings
from tests.support import nivoda


@pytest.fixture
def partner(app_database: str, app_settings: AppSettings) -> Iterator[nivoda.Running]:
    """A supplier with 170 stones of each kind; the app is told to use it."""
    assert app_database
    with nivoda.running() as running:
        app_settings(**running.environment)
        db.pool()
        with nivoda.hanging_up():
            yield running


@pytest.fixture
def natural(partner: nivoda.Running) -> Feed:
    assert partner
    return registry.feed("nivoda-natural")


@pytest.fixture
def trading(partner: nivoda.Running) -> Trading:
    assert partner
    return registry.trading("nivoda-natural")
