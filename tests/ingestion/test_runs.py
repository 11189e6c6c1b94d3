"""Opening, ending short, retrying and watching runs."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from shared.feeds.model import FeedRejected, PriceRange
from shared.ingestion import assessment, queries, runs, watch
from shared.ingestion.model import Run
from shared.platform import db
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop


def refuse_from(shop: Shop, share: float) -> None:
    """The supplier refuses every page at or above this share of its prices."""
    prices = sorted(item["price"] for item in shop.feed.shelf.values())
    limit = prices[int(share * len(prices))]

    def refuse(part: PriceRange, _: int) -> None:
        if part.high is None or part.high > limit:
            raise FeedRejected("closed for stocktaking")

    shop.feed.before_page = refuse


def recover(shop: Shop) -> None:
    shop.feed.before_page = lambda *_: None


def end_short(shop: Shop, share: float) -> UUID:
    run = shop.open()
    refuse_from(shop, share)
    shop.fetch(run.run_id)
    shop.settle(run.run_id)
    return run.run_id


def retry(shop: Shop, run_id: UUID) -> Run:
    run, reopened = runs.retry_run(run_id, None)
    assert reopened
    shop.fetch(run_id)
    return run


def test_a_provider_runs_one_run_at_a_time_whoever_asks(shop: Shop) -> None:
    def ask(_: int) -> bool:
        try:
            shop.open()
        except Exception as error:  # noqa: BLE001 - any refusal counts
            return "one_open_per_provider" not in str(error)
        return True

    with ThreadPoolExecutor(8) as askers:
        opened = list(askers.map(ask, range(16)))

    assert opened.count(True) == 1


def test_most_partitions_done_makes_a_partial_run_that_sweeps_nothing(shop: Shop) -> None:
    shop.run()
    shop.feed.sell(1)
    shop.feed.change(2, price=shop.feed.shelf["S-000002"]["price"] + 1)

    summary = shop.summary(end_short(shop, 0.9))

    assert summary.status == "partial"
    assert summary.removed == 0
    assert summary.updated == 1
    assert summary.active == 300


def test_too_few_partitions_done_makes_a_failed_run_that_consolidates_nothing(shop: Shop) -> None:
    summary = shop.summary(end_short(shop, 0.4))

    assert summary.status == "failed"
    assert summary.active == 0
    assert summary.waiting > 0


def pass_the_time(shop: Shop, seconds: int) -> None:
    """Everything of the run happened so much earlier."""
    back = f"- interval '{seconds} seconds'"
    shop.rows(f"UPDATE run_metadata SET grace_started_at = grace_started_at {back} RETURNING 1")
    shop.rows(f"UPDATE partition_progress SET updated_at = updated_at {back} RETURNING 1")


def test_an_outage_as_long_as_the_grace_period_heals_by_itself(
    shop: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_GRACE_SECONDS="300", INGEST_RETRY_SECONDS="5")
    run = shop.open()
    refuse_from(shop, 0.0)
    shop.fetch(run.run_id)
    for _ in range(3):
        verdict, still_open = assessment.assess_run(run.run_id)
        assert verdict.decision == "wait"
        if still_open:
            shop.fetch(run.run_id)
        pass_the_time(shop, 99)
    recover(shop)
    pass_the_time(shop, 10)

    summary = shop.settle(run.run_id)

    assert (summary.status, summary.active) == ("completed", 300)
    attempts = shop.rows("SELECT max(attempt) FROM worker_runs WHERE status = 'failed'")
    assert attempts == [(3,)]


def test_an_outage_without_end_is_given_up_after_one_last_attempt(
    shop: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_GRACE_SECONDS="300")
    run = shop.open()
    refuse_from(shop, 0.0)
    shop.fetch(run.run_id)
    assert assessment.assess_run(run.run_id)[0].decision == "wait"
    pass_the_time(shop, 301)

    assert shop.settle(run.run_id).status == "failed"
    assert shop.rows("SELECT DISTINCT attempt FROM partition_progress") == [(2,)]


@pytest.mark.parametrize("share", [0.9, 0.4])
def test_retrying_the_failed_partitions_completes_the_run(shop: Shop, share: float) -> None:
    run_id = end_short(shop, share)
    recover(shop)

    reopened = retry(shop, run_id)
    summary = shop.settle(run_id)

    assert reopened.attempt == 2
    assert summary.status == "completed"
    assert (summary.fetched, summary.new, summary.active) == (300, 300, 300)
    assert summary.balanced
    attempts = shop.rows("SELECT DISTINCT status, attempt FROM worker_runs ORDER BY 1, 2")
    assert attempts == [("completed", 1), ("completed", 2), ("failed", 1)]


def test_a_retried_run_still_sweeps_what_neither_attempt_saw(shop: Shop) -> None:
    shop.run()
    shop.feed.sell(5)
    run_id = end_short(shop, 0.9)
    recover(shop)

    retry(shop, run_id)

    assert shop.settle(run_id).removed == 1


def test_retrying_waits_while_another_run_of_the_provider_is_open(shop: Shop) -> None:
    run_id = end_short(shop, 0.9)
    busy = shop.open()

    with pytest.raises(runs.RunInProgress, match=str(busy.run_id)):
        runs.retry_run(run_id, None)


def test_a_run_whose_stones_were_read_again_since_cannot_be_retried(shop: Shop) -> None:
    run_id = end_short(shop, 0.9)
    recover(shop)
    shop.run()

    with pytest.raises(runs.RunSuperseded):
        runs.retry_run(run_id, None)


def test_a_run_without_failed_partitions_has_nothing_to_retry(shop: Shop) -> None:
    run = shop.open()
    shop.fetch(run.run_id)
    shop.settle(run.run_id)

    with pytest.raises(runs.NothingToRetry):
        runs.retry_run(run.run_id, None)
    with pytest.raises(runs.RunNotFound):
        runs.retry_run(uuid4(), None)


def test_a_cancelled_run_stops_at_its_next_page_and_sweeps_nothing(shop: Shop) -> None:
    shop.run()
    shop.feed.sell(1)
    run = shop.open()

    def cancel(_: PriceRange, offset: int) -> None:
        if offset == 9:
            with db.transaction() as conn:
                runs.cancel_run(conn, run.run_id)

    shop.feed.before_page = cancel
    shop.fetch(run.run_id)
    summary = shop.settle(run.run_id)

    assert summary.status == "cancelled"
    assert summary.fetched == 10
    assert summary.active == 300
    with db.transaction() as conn, pytest.raises(runs.RunNotOpen):
        runs.cancel_run(conn, run.run_id)


def test_a_supplier_with_a_fifth_less_to_show_deletes_nothing(shop: Shop) -> None:
    shop.run()
    for number in range(60):
        shop.feed.sell(number)

    summary = shop.run()

    assert summary.status == "completed"
    assert (summary.removed, summary.active) == (0, 300)
    assert shop.rows("SELECT sweep FROM run_metadata ORDER BY started_at DESC LIMIT 1") == [
        ("waiting",)
    ]


def test_an_empty_supplier_never_empties_the_shop(shop: Shop) -> None:
    shop.run()
    shop.feed.shelf.clear()

    summary = shop.run()

    assert (summary.fetched, summary.removed, summary.active) == (0, 0, 300)


def test_an_open_run_whose_orchestration_died_is_taken_over_by_one_watcher(shop: Shop) -> None:
    run = shop.open()

    assert watch.taken_over(run, "Running") is None
    with ThreadPoolExecutor(4) as watchers:
        taken = list(watchers.map(lambda _: watch.taken_over(run, None), range(4)))

    (fresh,) = [attempt for attempt in taken if attempt]
    assert fresh.attempt == 2
    assert fresh.instance_id != run.instance_id


def test_a_run_whose_orchestration_was_terminated_by_hand_is_cancelled(shop: Shop) -> None:
    run = shop.open()

    assert watch.taken_over(run, "Terminated") is None
    assert shop.summary(run.run_id).status == "cancelled"


def test_a_fresh_run_is_not_watched_yet(shop: Shop) -> None:
    shop.open()

    assert watch.list_watched() == []
    shop.rows("UPDATE run_metadata SET attempt_started_at = now() - interval '1 hour' RETURNING 1")
    assert len(watch.list_watched()) == 1


def test_runs_are_listed_newest_first_page_by_page(shop: Shop) -> None:
    for _ in range(5):
        shop.run()

    with db.transaction() as conn:
        first = queries.list_runs(conn, feed="shelf", status=None, before=None, limit=3)
        last = first[-1]
        rest = queries.list_runs(
            conn, feed=None, status=None, before=(last.started_at, last.run_id), limit=3
        )

    listed = [run.started_at for run in (*first, *rest)]
    assert len(set(listed)) == 5
    assert listed == sorted(listed, reverse=True)
