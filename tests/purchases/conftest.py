from collections.abc import Iterator

import pytest

from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.shop import Shop
from tests.support.shop import shop as opened


@pytest.fixture(scope="module")
def premises() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture
def shop(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Shop]:
    """Six natural stones of a supplier that trades, on sale."""
    assert app_database
    with opened(premises, app_settings) as trading:
        yield trading
