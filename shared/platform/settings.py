"""Every setting, parsed once; nobody else reads the environment."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError, model_validator

from shared.platform.selling_settings import Checkout, Selling, Stripe
from shared.platform.setting_groups import (
    PLACEHOLDERS,
    Access,
    Alert,
    Currency,
    Database,
    DemoFeed,
    Group,
    Ingest,
    Nivoda,
    Resend,
    Retention,
    Rules,
    Search,
    ServiceBus,
    Slack,
    Storage,
    Webhook,
)

AZURE_NAMES = {
    "storage": {
        "AzureWebJobsStorage": "connection_string",
        "AzureWebJobsStorage__blobServiceUri": "blob_service_uri",
        "AzureWebJobsStorage__clientId": "client_id",
    },
    "service_bus": {
        "ServiceBusConnection": "connection_string",
        "ServiceBusConnection__fullyQualifiedNamespace": "namespace",
        "ServiceBusConnection__clientId": "client_id",
    },
}
"""Groups whose settings the Functions host reads, too, under names of its own."""


class SettingsInvalid(Exception):
    """All missing, misspelt and malformed settings together."""


class Settings(Group):
    database: Database
    storage: Storage
    service_bus: ServiceBus
    ingest: Ingest
    rules: Rules
    search: Search
    access: Access
    demo_feed: DemoFeed
    selling: Selling
    stripe: Stripe
    checkout: Checkout
    nivoda: Nivoda
    currency: Currency
    webhook: Webhook
    retention: Retention
    slack: Slack
    resend: Resend
    alert: Alert

    @model_validator(mode="after")
    def mail_has_addresses(self) -> "Settings":
        if self.resend.api_key and not (self.alert.email_from and self.alert.recipients):
            raise ValueError("RESEND_API_KEY needs ALERT_EMAIL_FROM and ALERT_EMAIL_TO")
        return self

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Parse the environment, e.g. `INGEST_GRACE_SECONDS` into `ingest.grace_seconds`."""
        names = {name: name.upper() + "_" for name in cls.model_fields if name not in AZURE_NAMES}
        groups: dict[str, Any] = {name: _with_prefix(env, prefix) for name, prefix in names.items()}
        groups |= {group: _renamed(env, names) for group, names in AZURE_NAMES.items()}
        try:
            settings = cls.model_validate(groups)
        except ValidationError as error:
            raise SettingsInvalid(_all_faults(error)) from None
        return _without_placeholders(settings)


@cache
def settings() -> Settings:
    return Settings.from_env(os.environ)  # noqa: TID251 - the single reader


def _with_prefix(env: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.upper().removeprefix(prefix).lower(): value
        for name, value in env.items()
        if name.upper().startswith(prefix) and value != ""
    }


def _renamed(env: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {field: env[name] for name, field in names.items() if env.get(name)}


def _all_faults(error: ValidationError) -> str:
    faults = [f"{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
    return "settings cannot be used:\n  " + "\n  ".join(faults)


def _without_placeholders(settings: Settings) -> Settings:
    """Refuse what nobody filled in; a folder of a socket may have any name."""
    try:
        given = conninfo_to_dict(settings.database.url.get_secret_value())
    except psycopg.ProgrammingError:
        raise SettingsInvalid("DATABASE_URL is not a PostgreSQL URL") from None
    told = [str(given.get(part) or "") for part in ("user", "password", "host")]
    if any(
        mark in word.lower() for word in told if not word.startswith("/") for mark in PLACEHOLDERS
    ):
        raise SettingsInvalid("DATABASE_URL still holds a placeholder")
    return settings
