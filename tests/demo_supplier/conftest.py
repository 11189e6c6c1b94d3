from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from psycopg import Connection

from shared.demo_supplier import dataset, inventory, queries
from shared.demo_supplier.model import Listing, WantedPage
from shared.platform import exact_json

STONES = 300


def sample() -> Iterator[Listing]:
    """The first stones of the data set."""
    return islice(dataset.listings(), STONES)


def listed(conn: Connection, *, limit: int = 1_000, **wanted: Any) -> list[Listing]:
    """A page of the books, read back."""
    items = exact_json.loads(inventory.page(conn, WantedPage(limit=limit, **wanted)))
    return [Listing.model_validate(item) for item in items]


@pytest.fixture
def books(conn: Connection) -> Connection:
    """A transaction in which the supplier has three hundred stones."""
    queries.copy_listings(conn, sample())
    return conn
