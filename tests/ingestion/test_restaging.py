"""Mapping again what is stored, reading a part, going on although, and deciding a sweep."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.diamonds.model import Stone
from shared.feeds.model import FeedQuery, PriceRange
from shared.ingestion import closing, consolidation, planning, restaging, runs
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.ingestion.test_runs import end_short, recover
from tests.support.feeds import LONG_AGO


def refuse_everything(shop: Shop) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("the supplier was asked")

    vars(shop.feed).update(count=refuse, page=refuse)


def reconsolidate(shop: Shop) -> Any:
    run = shop.open("reconsolidate")
    place = restaging.restage(run.run_id, None)
    assert place is None
    assert planning.plan_run(run.run_id) == []
    return shop.settle(run.run_id)


def test_a_corrected_mapper_reaches_the_catalogue_without_the_supplier(shop: Shop) -> None:
    shop.run()
    map_before = shop.feed.stone

    def corrected(item: Any) -> Stone:
        return map_before(item)._replace(color="G")

    shop.feed.stone = corrected  # type: ignore[method-assign]
    shop.feed.mapper_version = 2
    refuse_everything(shop)

    summary = reconsolidate(shop)

    assert (summary.status, summary.updated, summary.inserted) == ("completed", 300, 0)
    assert summary.balanced
    assert shop.rows("SELECT DISTINCT color FROM diamonds") == [("G",)]
    assert shop.rows("SELECT DISTINCT mapper_version FROM staged_diamonds") == [(2,)]


def test_mapping_again_what_comes_out_the_same_writes_nothing(shop: Shop) -> None:
    shop.run()
    before = shop.rows("SELECT xmin::text, id FROM diamonds ORDER BY id")
    refuse_everything(shop)

    summary = reconsolidate(shop)

    assert (summary.status, summary.updated, summary.waiting) == ("completed", 0, 0)
    assert shop.rows("SELECT xmin::text, id FROM diamonds ORDER BY id") == before


def test_quarantined_listings_join_the_catalogue_once_they_can_be_mapped(shop: Shop) -> None:
    for number in range(7):
        shop.feed.change(number, carats="1,00 ct")
    assert shop.run().active == 293
    map_before = shop.feed.stone
    shop.feed.stone = lambda item: map_before(item | {"carats": Decimal(1)})  # type: ignore[method-assign]

    summary = reconsolidate(shop)

    assert (summary.inserted, summary.active) == (7, 300)
    assert shop.rows("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL") == [(0,)]
    assert shop.rows("SELECT count(*) FROM raw_diamonds") == [(300,)]


def test_a_quarantined_listing_never_overwrites_a_newer_one(shop: Shop) -> None:
    good = shop.feed.shelf["S-000001"]
    shop.feed.change(1, carats="broken", price=Decimal("1.00"))
    shop.run()
    newer = shop.feed.shelf["S-000001"] | {"carats": good["carats"], "price": Decimal("77.00")}
    shop.feed.put(newer)
    shop.feed.change(1)
    shop.run()
    map_before = shop.feed.stone
    shop.feed.stone = lambda item: map_before(item | {"carats": Decimal(1)})  # type: ignore[method-assign]

    reconsolidate(shop)

    assert shop.rows("SELECT feed_price FROM diamonds WHERE supplier_stone_id = 'S-000001'") == [
        (Decimal("77.00"),)
    ]


def test_a_backfill_reads_its_range_only_and_sweeps_nothing(shop: Shop) -> None:
    shop.run()
    for number in range(300):
        shop.feed.change(number, shape="OVAL")
    within = PriceRange(Decimal(1_000), Decimal(2_000))
    (stones,) = shop.feed.count(FeedQuery(), [within])

    run = runs.open_run("shelf", "backfill", requested_by="a test", within=within)
    shop.fetch(run.run_id)
    summary = shop.settle(run.run_id)
    closing.publish_watermark(run.run_id)

    assert (summary.status, summary.fetched, summary.updated) == ("completed", stones, stones)
    assert 0 < stones < 300
    assert summary.removed == 0
    assert shop.rows(
        "SELECT sweep, watermark_after FROM run_metadata WHERE run_type = 'backfill'"
    ) == [("not_due", None)]


def test_a_backfill_may_read_what_changed_since_a_moment(shop: Shop) -> None:
    shop.run()
    for number in range(12):
        shop.feed.change(number, shape="OVAL")
    shop.feed.sell(20)

    since = LONG_AGO + timedelta(hours=1)
    run = runs.open_run("shelf", "backfill", requested_by="a test", since=since)
    shop.fetch(run.run_id)
    summary = shop.settle(run.run_id)

    assert (summary.status, summary.fetched, summary.updated) == ("completed", 12, 12)
    assert (summary.removed, summary.active) == (0, 300)


def test_a_forced_run_goes_on_with_what_it_has_and_sweeps_nothing(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    recover(shop)

    forced = runs.force_run(run_id, forced_by="the operator")
    summary = shop.settle(run_id)

    assert forced.forced_by == "the operator"
    assert (summary.status, summary.removed) == ("partial", 0)
    assert summary.active == summary.fetched > 0
    shop.run()
    with pytest.raises(runs.RunSuperseded):
        runs.retry_run(run_id, None)


def waiting_sweep(shop: Shop) -> Any:
    shop.run()
    for number in range(60):
        shop.feed.sell(number)
    run = shop.open()
    shop.fetch(run.run_id)
    assert shop.settle(run.run_id).removed == 0
    return run


def test_an_approved_sweep_takes_the_unseen_stones_off_sale(shop: Shop) -> None:
    run = waiting_sweep(shop)

    with db.transaction() as conn:
        runs.decide_sweep(conn, run.run_id, approve=True, decided_by="the owner")

    summary = shop.summary(run.run_id)
    assert (summary.removed, summary.active, summary.balanced) == (60, 240, True)
    assert shop.rows("SELECT count(*) FROM diamonds WHERE status = 'active'") == [(240,)]


def test_a_rejected_sweep_is_over_and_cannot_be_decided_again(shop: Shop) -> None:
    run = waiting_sweep(shop)

    with db.transaction() as conn:
        runs.decide_sweep(conn, run.run_id, approve=False, decided_by="the owner")

    with db.transaction() as conn, pytest.raises(runs.NoSweepWaiting):
        runs.decide_sweep(conn, run.run_id, approve=True, decided_by="the owner")
    assert shop.summary(run.run_id).active == 300


def test_an_incremental_run_plans_by_the_last_full_scan_and_counts_once(shop: Shop) -> None:
    shop.run()

    run = shop.open("incremental")
    planned = planning.plan_run(run.run_id)

    assert len(planned) == 6
    assert shop.rows("SELECT count_calls FROM run_metadata WHERE run_type = 'incremental'") == [
        (1,)
    ]
    shop.fetch(run.run_id)
    assert shop.settle(run.run_id).unchanged == 300
    assert consolidation.consolidate(run.run_id) == 0


def test_forcing_a_run_that_was_never_counted_does_not_pass_for_having_read_everything(
    shop: Shop,
) -> None:
    shop.run()
    run = shop.open("incremental")
    closing.close_run(run.run_id, "failed", "the supplier was away when it was to be counted")

    runs.force_run(run.run_id, forced_by="the operator")
    planning.plan_run(run.run_id)
    summary = shop.settle(run.run_id)
    closing.publish_watermark(run.run_id)

    assert summary.status == "partial"
    assert shop.rows("SELECT watermark_after FROM run_metadata WHERE run_type = 'incremental'") == [
        (None,)
    ]
