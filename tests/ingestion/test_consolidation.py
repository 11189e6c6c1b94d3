"""What consolidating takes a stone for: its identity, and what counts as a change."""

from collections.abc import Iterator
from typing import Any, LiteralString

import pytest

from shared.diamonds.model import diamond_id
from shared.ingestion import queries, staging
from shared.platform import db
from shared.reapply import standing
from tests.ingestion.conftest import Shop
from tests.support.feeds import ShelfFeed, listing

ALL_GONE = "UPDATE diamonds SET status = 'deleted', deleted_at = now()"
ALL_CHANGED = """
    UPDATE staged_diamonds SET content_hash = sha256(content_hash), feed_price = feed_price + 1;
    INSERT INTO consolidation_queue SELECT feed, diamond_id FROM staged_diamonds;
    ANALYZE"""


def test_a_stone_keeps_its_identity_in_every_database() -> None:
    assert diamond_id("demo", "DEMO-1") == diamond_id("demo", "DEMO-1")
    assert diamond_id("demo", "DEMO-1") != diamond_id("nivoda-natural", "DEMO-1")


def test_only_what_the_catalogue_shows_decides_whether_a_row_is_written() -> None:
    stone = ShelfFeed().stone(listing(1))

    touched = stone._replace(source_updated_at=None)
    repriced = stone._replace(feed_price=stone.feed_price + 1)

    assert staging.content_hash(touched) == staging.content_hash(stone)
    assert staging.content_hash(repriced) != staging.content_hash(stone)


@pytest.mark.parametrize("before", ["SELECT", ALL_GONE])
def test_a_batch_s_work_grows_with_its_stones_and_not_with_their_square(
    shop: Shop, before: LiteralString
) -> None:
    shop.run()
    with db.transaction() as conn:
        conn.execute(before)
        conn.execute(ALL_CHANGED)
        (stones,) = conn.execute("SELECT count(*) FROM consolidation_queue").fetchone() or (0,)

    assert stones == 300
    assert sum(rows_looked_at(plan_of_a_batch(shop, stones))) < 100 * stones


def plan_of_a_batch(shop: Shop, limit: int) -> dict[str, Any]:
    """As it was carried out."""
    with db.transaction() as conn:
        rules = standing.standing(conn)
        query = rules.complete(queries.CONSOLIDATION["consolidate_batch"])
        given = {"feed": shop.feed.name, "limit": limit, "run_id": None, **rules.params}
        found = conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.sql}".encode(), given)
        ((plans,),) = found.fetchall()
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def rows_looked_at(node: dict[str, Any]) -> Iterator[float]:
    kept_or_not = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    yield node["Actual Loops"] * sum(node.get(rows, 0) for rows in kept_or_not)
    for part in node.get("Plans", ()):
        yield from rows_looked_at(part)
