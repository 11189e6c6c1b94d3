import random

import pytest

from shared.ingestion import queries
from shared.platform import db
from tests.support.rules import a_stone, stage


class Catalogue:
    """The app on a database of its own, with 300 stones that the first rules priced."""

    def __init__(self, stones: int = 300) -> None:
        dice = random.Random(7)
        self.stones = [a_stone(dice, number) for number in range(stones)]
        self.ingest()

    def ingest(self) -> None:
        with db.transaction() as conn:
            stage(conn, self.stones)
            queries.consolidate_batch(conn, feed="shelf", limit=10_000)

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with db.transaction() as conn:
            return conn.execute(statement.encode(), values).fetchall()

    def prices(self) -> list[tuple[object, ...]]:
        """Everything a revert has to bring back."""
        return self.rows("SELECT * FROM diamond_prices ORDER BY diamond_id")


@pytest.fixture
def catalogue(app_database: str) -> Catalogue:
    assert app_database
    return Catalogue()
