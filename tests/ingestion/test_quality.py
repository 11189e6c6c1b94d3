"""Rules of data quality in a run: they warn, quarantine, or stop it unpublished."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.diamonds.model import Stone
from shared.feeds.model import Item
from shared.ingestion import closing, pages, planning, queries, restaging, runs, watermark
from shared.ingestion.model import Run
from shared.platform import db
from shared.quality import queries as found_by
from shared.quality import service
from shared.quality.model import Effect, Wanted
from tests.ingestion.conftest import Shop
from tests.ingestion.test_restaging import reconsolidate
from tests.support.replayer import replay

WAITING = """
    SELECT supplier_stone_id, field, reason FROM quarantine WHERE resolved_at IS NULL ORDER BY 1"""
PUBLISHED = "SELECT count(*), max(updated_at) FROM diamonds"
TOLD = "SELECT count(*) FROM outbox WHERE category = 'run_failed'"


def rule(effect: Effect, comparison: str = ">", value: Any = 0, field: str = "feed_price") -> UUID:
    wanted = Wanted.model_validate(
        {"field": field, "comparison": comparison, "value": value, "effect": effect}
    )
    with db.transaction() as conn:
        return service.add(conn, wanted, actor="a test").id


def free(shop: Shop, *numbers: int) -> None:
    for number in numbers:
        shop.feed.change(number, price=Decimal(0))


def hits(shop: Shop) -> list[tuple[str, int]]:
    with db.transaction() as conn:
        (newest, *_) = queries.list_runs(conn, feed=None, status=None, before=None, limit=1)
        found = found_by.list_run_hits(conn, run_id=newest.run_id)
    return [(one.effect, one.listings) for one in found]


def refused(shop: Shop) -> Run:
    """A run to its end, over the watermark."""
    run = shop.open()
    shop.fetch(run.run_id)
    shop.settle(run.run_id)
    closing.publish_watermark(run.run_id)
    with db.transaction() as conn:
        return runs.get_run(conn, run.run_id)


def test_offenders_go_to_the_quarantine_with_field_and_reason(shop: Shop) -> None:
    rule("quarantine")
    free(shop, 3, 4)

    summary = shop.run()

    assert (summary.status, summary.active, summary.quarantined) == ("completed", 298, 2)
    assert summary.balanced
    reason = "is 0, against the rule feed_price > 0"
    assert shop.rows(WAITING) == [
        ("S-000003", "feed_price", reason),
        ("S-000004", "feed_price", reason),
    ]
    assert hits(shop) == [("quarantine", 2)]


def test_a_rule_that_fails_stops_the_run_before_anything_is_published(shop: Shop) -> None:
    shop.run()
    before, mark = shop.rows(PUBLISHED), watermark.read("shelf")
    rule("fail")
    for number in range(20, 40):
        shop.feed.change(number, price=Decimal("9999.00"))
    shop.feed.sell(200)
    free(shop, 150)

    run = refused(shop)

    assert run.status == "failed"
    assert run.error == "stone S-000150: feed_price is 0, against the rule feed_price > 0"
    assert (run.sweep, run.watermark_after) == ("not_due", None)
    assert (shop.rows(PUBLISHED), watermark.read("shelf")) == (before, mark)
    assert [stone for stone, _, _ in shop.rows(WAITING)] == ["S-000150"]
    assert (shop.rows(TOLD), hits(shop)) == ([(1,)], [("fail", 1)])


def test_pages_under_way_stop_once_a_rule_has_refused_the_run(shop: Shop) -> None:
    rule("fail")
    free(shop, 0)
    run = shop.open()
    shop.fetch(run.run_id)

    begun = "SELECT count(*) FROM partition_progress WHERE status = 'completed'"
    assert shop.rows(begun) == [(0,)]
    assert shop.fetch_partition(run.run_id, "partition-1") == "stopped"


def test_a_refused_run_goes_on_where_it_stopped_once_the_stone_is_right(shop: Shop) -> None:
    rule("fail")
    free(shop, 150)
    assert refused(shop).status == "failed"
    (run_id,) = shop.rows("SELECT run_id FROM run_metadata")[0]
    again, _ = runs.retry_run(UUID(str(run_id)), None)
    shop.fetch(again.run_id)
    assert shop.settle(again.run_id).status == "failed"

    shop.feed.change(150, price=Decimal("150.50"))
    runs.retry_run(again.run_id, None)
    shop.fetch(again.run_id)
    summary = shop.settle(again.run_id)

    assert (summary.status, summary.active, summary.balanced) == ("completed", 300, True)


def test_force_overrules_a_rule_and_sweeps_nothing(shop: Shop) -> None:
    rule("fail")
    free(shop, 299)
    run = refused(shop)

    runs.force_run(run.run_id, forced_by="the operator")
    summary = shop.settle(run.run_id)

    assert (summary.status, summary.removed) == ("partial", 0)
    assert 0 < summary.active < 300


def test_a_warning_counts_and_keeps_nothing_back(shop: Shop) -> None:
    rule("warn", ">=", Decimal("1000.00"))
    below = sum(item["price"] < 1000 for item in shop.feed.shelf.values())

    assert shop.run().active == 300

    assert 0 < below < 300
    assert (hits(shop), shop.rows(WAITING)) == ([("warn", below)], [])
    assert shop.run().unchanged == 300
    assert hits(shop) == [("warn", 0)]


def test_a_run_keeps_to_the_rules_it_began_with(shop: Shop) -> None:
    known = rule("quarantine")
    free(shop, 3)
    run = shop.open()
    with db.transaction() as conn:
        service.remove(conn, known, actor="a test")
    rule("fail", "=", "PEAR", field="shape")
    shop.fetch(run.run_id)

    assert shop.settle(run.run_id).quarantined == 1
    assert hits(shop) == [("quarantine", 1)]
    assert refused(shop).status == "failed"


def test_the_gravest_of_several_rules_decides(shop: Shop) -> None:
    rule("warn", ">", Decimal(10))
    rule("quarantine", ">", Decimal(5))
    free(shop, 3)

    assert shop.run().quarantined == 1
    assert hits(shop) == [("quarantine", 1), ("warn", 0)]


def test_rules_of_another_feed_are_nothing_to_this_one(shop: Shop) -> None:
    wanted = Wanted(feed="demo", field="feed_price", comparison=">", value=0, effect="fail")
    with db.transaction() as conn:
        service.add(conn, wanted, actor="a test")
    shop.run()

    assert shop.rows("SELECT count(*) FROM run_quality_rules") == [(0,)]


def test_an_offender_is_replayed_once_the_rule_is_gone(shop: Shop) -> None:
    known = rule("quarantine", "!=", "PEAR", field="shape")
    shop.feed.change(3, shape="PEAR")
    shop.run()
    again = shop.open("replay")
    replay(again.run_id)
    assert [stone for stone, _, _ in shop.rows(WAITING)] == ["S-000003"]
    with db.transaction() as conn:
        service.remove(conn, known, actor="a test")

    run = shop.open("replay")
    replay(run.run_id)

    assert shop.summary(run.run_id).active == 300
    assert shop.rows(WAITING) == []


def test_mapping_again_is_judged_too_and_leaves_what_is_on_file(shop: Shop) -> None:
    shop.run()
    rule("quarantine", "!=", "Z", field="color")
    map_before = shop.feed.stone

    def worse(item: Item) -> Stone:
        return map_before(item)._replace(color="Z" if item["id"] == "S-000007" else "G")

    shop.feed.stone = worse  # type: ignore[method-assign]
    shop.feed.mapper_version = 2
    summary = reconsolidate(shop)

    assert (summary.status, summary.updated, summary.active) == ("completed", 299, 300)
    assert [stone for stone, _, _ in shop.rows(WAITING)] == ["S-000007"]
    shop.run()
    assert [stone for stone, _, _ in shop.rows(WAITING)] == ["S-000007"]


@pytest.mark.parametrize("run_type", ["reconsolidate", "replay"])
def test_a_rule_that_fails_stops_what_maps_stored_listings_too(shop: Shop, run_type: Any) -> None:
    shop.feed.change(7, carats="broken")
    shop.run()
    map_before = shop.feed.stone
    shop.feed.stone = lambda item: map_before(item | {"carats": Decimal(9)})  # type: ignore[method-assign]
    rule("fail", "<", 9, field="carats")
    before = shop.rows(PUBLISHED)

    run = shop.open(run_type)
    assert restaging.restage(run.run_id, None) is None
    assert restaging.restage(run.run_id, None) is None
    planning.plan_run(run.run_id)

    assert hits(shop) == [("fail", 1)]
    assert shop.settle(run.run_id).status == "failed"
    assert shop.rows(PUBLISHED) == before


def test_a_page_written_while_the_run_is_refused_elsewhere_is_not_published(shop: Shop) -> None:
    rule("fail")
    run = shop.open()
    shop.fetch(run.run_id)
    with db.transaction() as conn:
        queries.refuse_run(conn, run_id=run.run_id, reason="refused by another worker")

    assert shop.settle(run.run_id).status == "failed"
    assert shop.rows("SELECT count(*) FROM diamonds") == [(0,)]
    assert pages.ingest_pages(run.run_id, "partition-0") == "completed"
