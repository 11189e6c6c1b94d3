"""One host with the sample orchestrations for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from tests.support.host import APPS, RunningHost, running

LOUD = ("--log-level", "debug")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    with running(APPS / "samples", tmp_path_factory.mktemp("samples"), {}, *LOUD) as host:
        yield host


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    folder = tmp_path_factory.mktemp("web")
    settings = {
        "NIGHTLY": "0 0 2 * * *",
        "NOTES": str(folder / "notes"),
        "AzureWebJobs.switched_off.Disabled": "true",
    }
    with running(APPS / "web", folder, settings) as host:
        yield host
