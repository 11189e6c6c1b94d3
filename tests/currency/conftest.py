from collections.abc import Iterator

import pytest

from tests.conftest import AppSettings
from tests.support.currency import Bank, a_bank


@pytest.fixture
def bank(app_database: str, app_settings: AppSettings) -> Iterator[Bank]:
    with a_bank(app_settings) as running:
        yield running
