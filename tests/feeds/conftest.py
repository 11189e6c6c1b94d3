import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from shared.feeds.model import Feed
from tests import feeds
from tests.conftest import AppSettings

Supplier = Callable[[AppSettings], AbstractContextManager[Feed]]


def suppliers() -> dict[str, Supplier]:
    """What each adapter's folder of tests declares in `supplier.SUPPLIERS`."""
    found: dict[str, Supplier] = {}
    for folder in pkgutil.iter_modules(feeds.__path__):
        if folder.ispkg:
            module = importlib.import_module(f"tests.feeds.{folder.name}.supplier")
            found |= module.SUPPLIERS
    return found


@pytest.fixture
def supplied(app_database: str, app_settings: AppSettings) -> Iterator[Callable[[str], Feed]]:
    """`supplied("demo")` is the feed, connected to a running supplier with a few hundred stones."""
    assert app_database
    opened: list[AbstractContextManager[Feed]] = []

    def supply(name: str) -> Feed:
        opened.append(suppliers()[name](app_settings))
        return opened[-1].__enter__()

    yield supply
    for supplier in opened:
        supplier.__exit__(None, None, None)
