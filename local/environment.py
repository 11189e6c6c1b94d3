"""The app's settings on one machine: what you set yourself wins, the rest points at our parts."""

import os
import secrets

DEVELOPMENT_ACCOUNT = "devstoreaccount1"
# Published by Microsoft for every storage emulator; it opens nothing else.
DEVELOPMENT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def given(name: str) -> str | None:
    return inherited().get(name) or None


def inherited() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251 - handed on to the app's own process


def of_app(*, url: str, database_url: str, signing_key: str) -> dict[str, str]:
    """The environment of an app that is served at `url`."""
    defaults = {
        "DATABASE_URL": database_url,
        "AzureWebJobsStorage": storage(f"{url}/{DEVELOPMENT_ACCOUNT}"),
        "DEMO_FEED_URL": f"{url}/api/demo-feed",
        "ACCESS_SIGNING_KEY": signing_key,
        "DEMO_FEED_TRADING_KEY": secrets.token_urlsafe(24),
        "SELLING_QUOTE_SECRET": secrets.token_urlsafe(24),
        "ServiceBusConnection": "",  # the broker in the host
        "WEBHOOK_PRIVATE_ADDRESSES": "true",
        "TASKHUB_NAME": "DiamondOpus",
        "NIGHTLY_SCHEDULE": "0 0 2 * * *",
    }
    return defaults | {name: value for name, value in inherited().items() if value}


def storage(blob_endpoint: str) -> str:
    """The connection string of a storage emulator."""
    parts = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": DEVELOPMENT_ACCOUNT,
        "AccountKey": DEVELOPMENT_KEY,
        "BlobEndpoint": blob_endpoint,
    }
    return "".join(f"{name}={value};" for name, value in parts.items())
