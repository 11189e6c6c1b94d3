"""The app with one invented supplier, as the ingestion's tests drive it."""

from tests.ingestion.conftest import shop, storage

__all__ = ["shop", "storage"]
