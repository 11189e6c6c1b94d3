"""The real Blob client works on the small blob service as on Azure."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobServiceClient, ContainerClient

from tests.support.host import APPS, running

ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobServiceClient]:
    state = tmp_path_factory.mktemp("blobs")
    with running(APPS / "samples", state, {}, "--blobs", str(state / "files")) as host:
        connection = (
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
            f"AccountKey={ACCOUNT_KEY};BlobEndpoint={host.url}/devstoreaccount1"
        )
        with BlobServiceClient.from_connection_string(connection) as client:
            yield client


@pytest.fixture
def container(service: BlobServiceClient, request: pytest.FixtureRequest) -> ContainerClient:
    name = request.node.name.replace("_", "-").replace("test-", "")[:60].strip("-")
    return service.create_container(name)


def code_of(error: Any) -> object:
    """The storage client adds this to azure-core's errors at run time."""
    return error.error_code


def test_a_container_is_made_once(service: BlobServiceClient) -> None:
    service.create_container("once")
    with pytest.raises(ResourceExistsError):
        service.create_container("once")
    assert service.get_container_client("once").exists()
    assert not service.get_container_client("never").exists()


def test_a_blob_comes_back_as_it_was_put(container: ContainerClient) -> None:
    blob = container.get_blob_client("watermarks/a b.json")

    written = blob.upload_blob(b'{"a": 1}')

    assert blob.download_blob().readall() == b'{"a": 1}'
    properties = blob.get_blob_properties()
    assert (properties.size, properties.etag) == (8, written["etag"])
    assert properties.content_settings.content_type == "application/json"


def test_an_empty_blob_is_a_blob(container: ContainerClient) -> None:
    blob = container.get_blob_client("empty")
    blob.upload_blob(b"")
    assert blob.download_blob().readall() == b""


def test_a_range_is_a_part(container: ContainerClient) -> None:
    blob = container.get_blob_client("letters")
    blob.upload_blob(b"abcdefgh")
    assert blob.download_blob(offset=2, length=3).readall() == b"cde"


def test_a_blob_is_not_overwritten_by_accident(container: ContainerClient) -> None:
    blob = container.get_blob_client("precious")
    blob.upload_blob(b"1")
    with pytest.raises(ResourceExistsError):
        blob.upload_blob(b"2")
    blob.upload_blob(b"3", overwrite=True)
    assert blob.download_blob().readall() == b"3"


def test_only_the_holder_of_the_etag_may_write(container: ContainerClient) -> None:
    blob = container.get_blob_client("watermark")
    first = blob.upload_blob(b"1")["etag"]
    unchanged = MatchConditions.IfNotModified

    second = blob.upload_blob(b"2", overwrite=True, etag=first, match_condition=unchanged)["etag"]

    assert second != first
    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(b"3", overwrite=True, etag=first, match_condition=unchanged)
    assert blob.download_blob().readall() == b"2"


def test_every_write_has_an_etag_of_its_own(container: ContainerClient) -> None:
    blob = container.get_blob_client("busy")
    etags = [blob.upload_blob(b"same", overwrite=True)["etag"] for _ in range(20)]
    assert len(set(etags)) == 20


def test_lists_are_by_prefix_and_in_pages(container: ContainerClient) -> None:
    for name in ("b/2", "a/1", "b/1", "b/3 & <more>"):
        container.get_blob_client(name).upload_blob(name.encode())

    pages = container.list_blobs(name_starts_with="b/", results_per_page=2).by_page()

    assert [[(b.name, b.size) for b in page] for page in pages] == [
        [("b/1", 3), ("b/2", 3)],
        [("b/3 & <more>", 12)],
    ]


def test_what_is_deleted_is_gone(container: ContainerClient) -> None:
    blob = container.get_blob_client("gone")
    blob.upload_blob(b"x")
    blob.delete_blob()
    with pytest.raises(ResourceNotFoundError):
        blob.download_blob()
    with pytest.raises(ResourceNotFoundError):
        blob.delete_blob()


def test_what_is_not_there_says_so(service: BlobServiceClient, container: ContainerClient) -> None:
    with pytest.raises(ResourceNotFoundError) as no_blob:
        container.get_blob_client("nothing").download_blob()
    assert code_of(no_blob.value) == "BlobNotFound"
    with pytest.raises(ResourceNotFoundError) as no_container:
        service.get_blob_client("missing", "x").upload_blob(b"x")
    assert code_of(no_container.value) == "ContainerNotFound"


def test_anything_else_is_refused_not_ignored(container: ContainerClient) -> None:
    blob = container.get_blob_client("plain")
    blob.upload_blob(b"x")
    calls: tuple[Callable[[], object], ...] = (
        lambda: blob.upload_blob(b"x", overwrite=True, metadata={"a": "b"}),
        blob.acquire_lease,
        lambda: list(container.walk_blobs()),
        container.delete_container,
    )
    for call in calls:
        with pytest.raises(HttpResponseError) as error:
            call()
        assert error.value.status_code == 501
        assert code_of(error.value) == "NotImplemented"
