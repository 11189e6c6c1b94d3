from collections.abc import Iterator
from pathlib import Path

import pytest

from local import environment
from tests.conftest import AppSettings
from tests.support import host, nivoda
from tests.support.shop import Shop
from tests.support.shop import shop as opened
from tests.support.till import Till
from tests.support.till import till as opened_till


@pytest.fixture(scope="module")
def premises() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state: Path = tmp_path_factory.mktemp("blobs")
    with host.running(host.APPS / "samples", state, {}, "--blobs", str(state / "files")) as served:
        yield environment.storage(f"{served.url}/{environment.DEVELOPMENT_ACCOUNT}")


@pytest.fixture
def till(
    premises: nivoda.Running, storage: str, app_database: str, app_settings: AppSettings
) -> Iterator[Till]:
    """A shop that takes cards, quotes and exports."""
    more = {"AzureWebJobsStorage": storage, "SELLING_QUOTE_SECRET": "a secret of many characters"}
    app_settings(DATABASE_URL=app_database, **more)
    with opened_till(premises, app_settings, **more) as taking:
        yield taking


@pytest.fixture
def shop(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Shop]:
    assert app_database
    with opened(premises, app_settings) as trading:
        yield trading
