"""Settings are parsed once, all faults are told together, and nothing half-filled starts."""

import pytest

from shared.platform.settings import Settings, SettingsInvalid

ENOUGH = {
    "DATABASE_URL": "postgresql://opus:s3cret@db.internal/opus",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
}


def test_the_least_that_is_needed_leaves_the_documented_defaults() -> None:
    settings = Settings.from_env(ENOUGH)

    assert settings.ingest.grace_seconds == 300
    assert str(settings.ingest.completion_threshold) == "0.70"
    assert "s3cret" not in repr(settings)


def test_a_setting_of_the_environment_finds_its_group() -> None:
    settings = Settings.from_env({**ENOUGH, "INGEST_GRACE_SECONDS": "5", "DATABASE_POOL_MAX": "3"})

    assert (settings.ingest.grace_seconds, settings.database.pool_max) == (5, 3)


def test_all_faults_are_told_together() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.from_env({"INGEST_GRACE_SECONDS": "soon", "INGEST_GRACE_SECOND": "5"})

    told = str(refused.value)
    for fault in ("DATABASE_URL", "AzureWebJobsStorage", "GRACE_SECONDS", "GRACE_SECOND:"):
        assert fault in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:changeme@localhost/opus",
        "postgresql://your-user:x@localhost/opus",
        "postgresql://user:x@<host>/opus",
        "not a url",
    ],
)
def test_what_nobody_filled_in_does_not_start(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="DATABASE_URL"):
        Settings.from_env({**ENOUGH, "DATABASE_URL": url})


def test_a_folder_of_a_socket_may_have_any_name() -> None:
    url = "postgresql://postgres:@/opus?host=/home/anna/todo/your-shop"

    assert Settings.from_env({**ENOUGH, "DATABASE_URL": url})


def test_storage_is_reached_by_a_connection_string_or_an_identity() -> None:
    by_identity = {
        "DATABASE_URL": ENOUGH["DATABASE_URL"],
        "AzureWebJobsStorage__blobServiceUri": "https://account.blob.core.windows.net",
        "AzureWebJobsStorage__clientId": "1234",
    }

    assert Settings.from_env(by_identity).storage.client_id == "1234"
