"""Nightly runs: every feed gets its turn, those of one supplier one after the other."""

from collections.abc import Iterator

import pytest

from shared.feeds import registry
from shared.ingestion import closing, nights, runs
from shared.ingestion.model import Run
from shared.notifications.queries import list_messages
from shared.platform import db
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support.feeds import ShelfFeed


class SecondShelf(ShelfFeed):
    """The same supplier's other inventory."""

    name = "second-shelf"


class Elsewhere(ShelfFeed):
    name = provider = "elsewhere"


@pytest.fixture
def nightly(shop: Shop, app_settings: AppSettings) -> Iterator[Shop]:
    app_settings(INGEST_NIGHTLY_FEEDS="shelf, second-shelf,elsewhere")
    with registry.registered(SecondShelf()), registry.registered(Elsewhere()):
        nights.fall()
        yield shop


def opened() -> list[str]:
    return [run.feed for run in nights.open_due()]


def end(run: Run) -> None:
    closing.close_run(run.run_id, "failed", "a test ends it")


def skipped() -> list[str]:
    with db.transaction() as conn:
        told = list_messages(conn, destination=None, status=None, before=None, limit=100)
    return [str(message.feed) for message in told if message.category == "run_skipped"]


def a_day_later(shop: Shop) -> None:
    shop.rows("UPDATE nightly_turns SET due_at = due_at - interval '21 hours' RETURNING 1")


def test_feeds_of_one_supplier_run_one_after_the_other_the_same_night(nightly: Shop) -> None:
    first, elsewhere = nights.open_due()
    assert (first.feed, elsewhere.feed) == ("shelf", "elsewhere")
    assert opened() == []

    end(first)

    assert opened() == ["second-shelf"]
    assert opened() == []
    assert skipped() == []


def test_a_night_falls_once_however_often_the_timer_says_so(nightly: Shop) -> None:
    for run in nights.open_due():
        end(run)
    for run in nights.open_due():
        end(run)

    nights.fall()

    assert opened() == []


def test_a_host_that_dies_before_the_runs_are_opened_leaves_them_due(nightly: Shop) -> None:
    assert nightly.rows("SELECT count(*) FROM run_metadata") == [(0,)]

    assert opened() == ["shelf", "elsewhere"]


def test_a_feed_that_is_being_read_already_is_skipped_and_that_is_told(nightly: Shop) -> None:
    run = runs.open_run("shelf", "incremental", requested_by="ann")
    assert opened() == ["elsewhere"]
    assert skipped() == ["shelf"]

    end(run)

    assert opened() == ["second-shelf"]


def test_a_supplier_busy_all_day_costs_the_feed_its_night_and_that_is_told_once(
    nightly: Shop,
) -> None:
    runs.open_run("second-shelf", "full", requested_by="ann")
    a_day_later(nightly)

    nights.open_due()
    nights.open_due()

    assert sorted(skipped()) == ["second-shelf", "shelf"]


def test_nobody_looks_at_a_supplier_s_other_inventory_while_one_is_read(nightly: Shop) -> None:
    run, *_ = nights.open_due()

    with db.transaction() as conn:
        runs.refuse_beside_another(conn, registry.feed(run.feed))
        runs.refuse_beside_another(conn, registry.feed("elsewhere"))
        with pytest.raises(runs.RunInProgress):
            runs.refuse_beside_another(conn, registry.feed("second-shelf"))


def test_a_feed_that_does_not_exist_costs_the_others_nothing(
    shop: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_NIGHTLY_FEEDS="atlantis,shelf")
    nights.fall()

    assert opened() == ["shelf"]
    assert skipped() == ["atlantis"]


def told(shop: Shop) -> list[str]:
    with db.transaction() as conn:
        found = list_messages(conn, destination=None, status=None, before=None, limit=100)
    return [message.category for message in found[::-1]]


def test_a_feed_without_a_completed_run_for_long_is_told_once_and_so_is_its_end(
    shop: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_NIGHTLY_FEEDS="shelf", INGEST_STALE_HOURS="36")
    shop.run()
    nights.complain_of_stale()
    assert told(shop) == ["run_completed"]
    shop.rows("UPDATE run_metadata SET completed_at = now() - interval '37 hours' RETURNING 1")

    for _ in range(2):
        nights.complain_of_stale()
    assert told(shop) == ["run_completed", "feed_stale"]

    shop.run()
    nights.complain_of_stale()
    assert told(shop) == ["run_completed", "feed_stale", "run_recovered"]
