"""Small documents in Azure Blob Storage, replaced only when nobody else did."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)

from shared.platform.errors import Conflict
from shared.platform.setting_groups import Storage
from shared.platform.settings import settings

if TYPE_CHECKING:
    from azure.storage.blob import BlobServiceClient


class BlobChanged(Conflict):
    """Somebody replaced the blob since it was read."""


@dataclass(frozen=True)
class Blob:
    content: bytes
    etag: str


def read(container: str, name: str) -> Blob | None:
    try:
        answer = _client(container, name).download_blob()
        return Blob(answer.readall(), str(answer.properties.etag))
    except ResourceNotFoundError:
        return None


def write(container: str, name: str, content: bytes, *, replacing: Blob | None) -> None:
    """Write a blob that was read before (`replacing`) or must not exist yet (None)."""
    conditions: dict[str, Any] = (
        {"etag": replacing.etag, "match_condition": MatchConditions.IfNotModified}
        if replacing
        else {"overwrite": False}
    )
    _ensure(container)
    try:
        _client(container, name).upload_blob(content, **({"overwrite": True} | conditions))
    except (ResourceModifiedError, ResourceExistsError) as error:
        raise BlobChanged(f"{container}/{name} was changed by somebody else") from error


def put(container: str, name: str, content: bytes) -> None:
    """Write a blob that nobody else writes, again if need be."""
    _ensure(container)
    _client(container, name).upload_blob(content, overwrite=True)


def remove(container: str, name: str) -> None:
    """Delete a blob, if it is there."""
    with suppress(ResourceNotFoundError):
        _client(container, name).delete_blob()


@cache
def service() -> "BlobServiceClient":
    return connect(settings().storage)


def connect(storage: Storage) -> "BlobServiceClient":
    from azure.storage.blob import BlobServiceClient  # noqa: PLC0415 - slow, and many never need it

    limits: dict[str, Any] = {"connection_timeout": 10, "read_timeout": 30, "retry_total": 3}
    if storage.connection_string:
        return BlobServiceClient.from_connection_string(
            storage.connection_string.get_secret_value(), **limits
        )
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 - slow, and rare locally

    credential = DefaultAzureCredential(managed_identity_client_id=storage.client_id)
    return BlobServiceClient(str(storage.blob_service_uri), credential=credential, **limits)


def _client(container: str, name: str) -> Any:
    return service().get_blob_client(container, name)


@cache
def _ensure(container: str) -> None:
    try:
        service().create_container(container)
    except ResourceExistsError:
        return
