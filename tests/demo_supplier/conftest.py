from collections.abc import Iterator
from itertools import islice

import pytest
from psycopg import Connection

from shared.demo_supplier import dataset, queries
from shared.demo_supplier.model import Listing

STONES = 300


def sample() -> Iterator[Listing]:
    """The first stones of the data set."""
    return islice(dataset.listings(), STONES)


@pytest.fixture
def books(conn: Connection) -> Connection:
    """A transaction in which the supplier has three hundred stones."""
    queries.copy_listings(conn, sample())
    return conn
