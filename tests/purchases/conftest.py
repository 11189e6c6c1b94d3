from collections.abc import Iterator

import pytest

from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.shop import Shop
from tests.support.shop import shop as opened
from tests.support.till import Till
from tests.support.till import till as opened_till


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


@pytest.fixture
def till(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Till]:
    """The same shop, taking cards."""
    assert app_database
    with opened_till(premises, app_settings) as taking:
        yield taking
