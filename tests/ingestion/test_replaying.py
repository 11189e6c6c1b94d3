"""Replaying the quarantine: all that maps now moves, nothing newer is undone."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.workspace import REPOSITORY
from shared.diamonds.model import Stone
from shared.feeds.model import Identity, Item, Unmappable
from shared.ingestion import quarantine, replaying, restaging, runs
from shared.ingestion.model import Run
from shared.ingestion.quarantine import Filed
from shared.ingestion.staging import Listing
from shared.ingestion.summary import Summary
from shared.platform import db
from shared.pricing.model import PricingRule, PricingRules
from tests.ingestion.conftest import Shop
from tests.support.feeds import LONG_AGO
from tests.support.replayer import MendedFeed, replay
from tests.support.rules import activate_pricing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAITING = "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL"
LEFT = "SELECT resolution, count(*) FROM quarantine WHERE resolved_at IS NOT NULL GROUP BY 1"
PRICE_OF_ONE = "SELECT status, feed_price FROM diamonds WHERE supplier_stone_id = 'S-000001'"
WRITTEN = """
    SELECT raw.xmin::text, staged.xmin::text, stone.xmin::text, price.xmin::text
      FROM raw_diamonds AS raw
      JOIN staged_diamonds AS staged USING (feed, supplier_stone_id)
      JOIN diamonds AS stone ON stone.id = staged.diamond_id
      JOIN diamond_prices AS price ON price.diamond_id = stone.id
     WHERE raw.supplier_stone_id >= 'S-000040' ORDER BY stone.id"""
HALF_MOVED = """
    SELECT count(*) FROM quarantine AS item
     WHERE (item.resolution = 'moved') <> EXISTS (
           SELECT FROM raw_diamonds AS raw JOIN staged_diamonds AS staged
            USING (feed, supplier_stone_id, payload_hash)
            WHERE raw.feed = item.feed AND raw.payload_hash = item.payload_hash)"""


def broken(shop: Shop, *numbers: int, **changed: Any) -> None:
    for number in numbers:
        shop.feed.change(number, carats="1,11 ct", **changed)


def mend(shop: Shop) -> None:
    """The mapping is mended, and the supplier not to be asked."""
    shop.feed.__class__ = MendedFeed


def replayed(shop: Shop) -> Summary:
    mend(shop)
    run = shop.open("replay")
    replay(run.run_id)
    return shop.summary(run.run_id)


def settled(run: Run | Any) -> dict[str, int]:
    with db.transaction() as conn:
        found = quarantine.count_resolved(conn, run_id=run.run_id)
    return {one.resolution: one.listings for one in found}


def test_a_replay_moves_what_maps_now_and_touches_no_other_stone(shop: Shop) -> None:
    broken(shop, *range(40))
    assert (shop.run().active, shop.rows(WAITING)) == (260, [(40,)])
    before = shop.rows(WRITTEN)
    mend(shop)
    mapped, stone = [], shop.feed.stone

    def noted(item: Item) -> Stone:
        mapped.append(item["id"])
        return stone(item)

    shop.feed.stone = noted  # type: ignore[method-assign]
    run = shop.open("replay")
    replay(run.run_id)

    summary = shop.summary(run.run_id)
    assert (summary.status, summary.inserted, summary.active) == ("completed", 40, 300)
    assert summary.balanced
    assert sorted(mapped) == [f"S-{number:06}" for number in range(40)]
    assert (shop.rows(WAITING), settled(run)) == ([(0,)], {"moved": 40})
    assert len(before) == 260
    assert shop.rows(WRITTEN) == before


def test_what_still_cannot_be_mapped_waits_with_the_reason_of_today(shop: Shop) -> None:
    broken(shop, 1)
    shop.feed.shelf["S-000002"].pop("id")
    shop.run()
    reasons = "SELECT field, mapper_version FROM quarantine WHERE resolved_at IS NULL ORDER BY 1"
    assert shop.rows(reasons) == [("carats", 1), ("id", 1)]

    shop.feed.mapper_version = 3

    def strict(item: Item) -> Stone:
        raise Unmappable("color", f"{item.get('color')} is new to us")

    shop.feed.stone = strict  # type: ignore[method-assign]
    run = shop.open("replay")
    replay(run.run_id)

    assert settled(run) == {}
    assert shop.rows(reasons) == [("color", 3), ("id", 1)]


def test_a_listing_with_a_newer_one_on_file_does_not_come_back(shop: Shop) -> None:
    good = dict(shop.feed.shelf["S-000001"])
    broken(shop, 1, price=Decimal("1.00"))
    shop.run()
    shop.feed.change(1, carats=good["carats"], price=Decimal("77.00"))
    shop.run()

    replayed(shop)

    assert shop.rows(PRICE_OF_ONE) == [("active", Decimal("77.00"))]
    assert shop.rows(LEFT) == [("superseded", 1)]


def test_a_stone_seen_again_as_it_is_on_file_supersedes_what_was_quarantined_between(
    shop: Shop,
) -> None:
    shop.run()
    good = dict(shop.feed.shelf["S-000001"])
    shop.feed.put(good | {"carats": "1,11 ct", "price": Decimal("1.00")})  # the stamp stays
    assert shop.run().quarantined == 1
    shop.feed.put(good)
    assert shop.run().unchanged == 300

    replayed(shop)

    assert shop.rows(PRICE_OF_ONE) == [("active", good["price"])]
    assert (shop.rows(WAITING), shop.rows(LEFT)) == ([(0,)], [("superseded", 1)])


def test_a_run_with_the_mended_mapping_moves_what_it_reads_by_itself(shop: Shop) -> None:
    broken(shop, 1, 2)
    shop.run()
    stone = shop.feed.stone
    shop.feed.stone = lambda item: stone(item | {"carats": Decimal(1)})  # type: ignore[method-assign]

    assert shop.run().active == 300

    assert (shop.rows(WAITING), shop.rows(LEFT)) == ([(0,)], [("moved", 2)])


def test_a_stone_the_supplier_has_no_longer_is_not_put_on_sale(shop: Shop) -> None:
    broken(shop, 1, 2)
    shop.run()
    shop.feed.sell(1)
    shop.run()

    assert replayed(shop).active == 299
    assert shop.rows(PRICE_OF_ONE) == []
    assert sorted(shop.rows(LEFT)) == [("gone", 1), ("moved", 1)]


def test_what_a_run_that_never_sweeps_did_not_see_is_not_taken_for_gone(shop: Shop) -> None:
    broken(shop, 1, 2)
    shop.run()
    shop.run("incremental", since=LONG_AGO + timedelta(days=300))

    assert shop.rows(WAITING) == [(2,)]


def test_an_approved_sweep_lets_go_of_what_is_in_quarantine_too(shop: Shop) -> None:
    broken(shop, *range(4))
    shop.run()
    for number in range(80):
        shop.feed.sell(number)
    run = shop.open()
    shop.fetch(run.run_id)
    shop.settle(run.run_id)
    assert shop.rows(WAITING) == [(4,)]

    with db.transaction() as conn:
        runs.decide_sweep(conn, run.run_id, approve=True, decided_by="the owner")

    assert (shop.rows(WAITING), settled(run)) == ([(0,)], {"gone": 4})


def test_a_stone_without_a_price_is_priced_by_a_replay_once_rules_can(shop: Shop) -> None:
    price = shop.feed.shelf["S-000001"]["price"]
    impossible = PricingRule(
        markup_ratio=Decimal(1),
        fixed_fee=-price,
        price_min=price,
        price_below=price + Decimal("0.01"),
    )
    with db.transaction() as conn:
        activate_pricing(conn, PricingRules(rules=(impossible,)))
    shop.run()
    waiting = shop.rows(WAITING)
    assert waiting != [(0,)]
    replayed(shop)
    assert shop.rows(WAITING) == waiting
    with db.transaction() as conn:
        activate_pricing(conn, PricingRules())

    summary = replayed(shop)

    assert summary.status == "completed"
    assert shop.rows(WAITING) == [(0,)]
    assert shop.rows("SELECT count(*) FROM diamond_prices") == [(300,)]


def test_replaying_a_batch_twice_is_replaying_it_once(shop: Shop) -> None:
    broken(shop, *range(12))
    shop.run()
    mend(shop)
    run = shop.open("replay")
    restaging.restage(run.run_id, None)
    replay(run.run_id)

    summary = shop.summary(run.run_id)
    assert (summary.inserted, summary.active, summary.balanced) == (12, 300, True)
    assert settled(run) == {"moved": 12}


@pytest.mark.timeout(240)
def test_a_replay_killed_at_any_moment_loses_nothing_and_counts_nothing_twice(shop: Shop) -> None:
    broken(shop, *range(60))
    shop.run()
    run = shop.open("replay")
    for resolved in (1, 20, 45):
        _killed_after(shop, run, resolved)
        assert shop.rows(HALF_MOVED) == [(0,)]
    process = _replayer(run)
    assert process.wait(timeout=120) == 0

    summary = shop.summary(run.run_id)
    assert (summary.status, summary.inserted, summary.active) == ("completed", 60, 300)
    assert (summary.balanced, settled(run), shop.rows(WAITING)) == (True, {"moved": 60}, [(0,)])


def _replayer(run: Run) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.support.replayer", str(run.run_id)]
    return subprocess.Popen(command, cwd=REPOSITORY)


def _killed_after(shop: Shop, run: Run, resolved: int) -> None:
    process = _replayer(run)
    deadline = time.monotonic() + 60
    while sum(settled(run).values()) < resolved and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("filed", "stamp", "resolution"),
    [
        (None, None, "moved"),
        ({"told_at": NOON + HOUR}, None, "superseded"),
        ({"told_at": NOON - HOUR}, None, "moved"),
        ({"told_at": NOON + HOUR, "source_updated_at": NOON - HOUR}, NOON, "moved"),
        ({"told_at": NOON - HOUR, "source_updated_at": NOON + HOUR}, NOON, "superseded"),
        ({"told_at": NOON + HOUR, "source_updated_at": NOON}, NOON, "superseded"),
        ({"told_at": NOON + HOUR, "payload_hash": b"same"}, None, "moved"),
        ({"told_at": NOON + HOUR, "gone": True}, None, "gone"),
        ({"told_at": NOON + HOUR, "gone": True, "payload_hash": b"same"}, None, "gone"),
        ({"told_at": NOON - HOUR, "gone": True}, None, "moved"),
    ],
)
def test_which_of_two_listings_is_the_newer(filed: Any, stamp: Any, resolution: str) -> None:
    stone = "11111111-1111-1111-1111-111111111111"
    blank = {
        "supplier_stone_id": "S",
        "payload_hash": b"other",
        "source_updated_at": None,
        "gone": False,
    }
    listing: Any = Listing(Identity("S", "O", stamp), stone, {}, b"", b"same", NOON)  # type: ignore[arg-type]

    assert replaying.fate(listing, Filed(**(blank | filed)) if filed else None) == resolution
