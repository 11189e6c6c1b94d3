"""Watermarks and heatmaps are replaced only when nobody else did, on Azurite and on our own."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from local import environment
from local.npm import AZURITE
from shared.platform import blobs
from shared.platform.blobs import BlobChanged
from tests.conftest import AppSettings
from tests.support import azurite, host

DATABASE = "postgresql://nobody@127.0.0.1:9/none"


@pytest.fixture(scope="module")
def azurite_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if reason := AZURITE.missing:
        pytest.skip(reason)
    with azurite.running(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture(scope="module")
def local_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("blobs")
    with host.running(host.APPS / "samples", state, {}, "--blobs", str(state / "files")) as served:
        yield environment.storage(f"{served.url}/{environment.DEVELOPMENT_ACCOUNT}")


@pytest.fixture(params=["azurite_storage", "local_storage"])
def container(request: pytest.FixtureRequest, app_settings: AppSettings) -> str:
    app_settings(DATABASE_URL=DATABASE, AzureWebJobsStorage=request.getfixturevalue(request.param))
    return f"watermarks-{uuid4().hex[:8]}"


def test_what_was_never_written_reads_as_nothing(container: str) -> None:
    assert blobs.read(container, "demo.json") is None


def test_a_written_blob_reads_as_it_was_written(container: str) -> None:
    written = '{"at": "Zürich, 5 ♦"}'.encode()
    blobs.write(container, "demo.json", written, replacing=None)

    found = blobs.read(container, "demo.json")
    assert found is not None
    assert found.content == written


def test_a_blob_is_created_once(container: str) -> None:
    blobs.write(container, "demo.json", b"first", replacing=None)

    with pytest.raises(BlobChanged):
        blobs.write(container, "demo.json", b"second", replacing=None)


def test_a_blob_is_replaced_by_who_read_its_last_version(container: str) -> None:
    blobs.write(container, "demo.json", b"first", replacing=None)

    blobs.write(container, "demo.json", b"second", replacing=blobs.read(container, "demo.json"))

    found = blobs.read(container, "demo.json")
    assert found is not None
    assert found.content == b"second"


def test_a_blob_somebody_else_replaced_meanwhile_is_left_alone(container: str) -> None:
    blobs.write(container, "demo.json", b"first", replacing=None)
    stale = blobs.read(container, "demo.json")
    blobs.write(container, "demo.json", b"second", replacing=stale)

    with pytest.raises(BlobChanged):
        blobs.write(container, "demo.json", b"third", replacing=stale)
