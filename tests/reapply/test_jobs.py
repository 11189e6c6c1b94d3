"""Jobs: one at a time, only what differs, cancelled at once, resumed once, reverted to the cent."""

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from shared.platform import db
from shared.reapply import batches, jobs, queries
from shared.reapply.jobs import JobInProgress, JobNotReady, JobSuperseded
from shared.reapply.model import Job
from tests.reapply.conftest import Catalogue
from tests.support.rules import (
    A_TEST,
    activate_pricing,
    activate_rating,
    pricing_rules,
    rating_rules,
)


def change_prices(seed: int = 1) -> None:
    with db.transaction() as conn:
        activate_pricing(conn, pricing_rules(random.Random(seed), 20))


def finish(job: Job, batch: int = 100) -> Job:
    assert batches.work(job.id, job.attempt, batch=batch) == "completed"
    return on_file(job.id, job)


def on_file(job_id: UUID, job: Job) -> Job:
    with db.transaction() as conn:
        return jobs.get(conn, job.kind, job_id)


def one_batch(job: Job) -> None:
    assert batches.work(job.id, job.attempt, batch=50, seconds=-1) == "more"


def test_a_job_writes_exactly_the_stones_whose_price_differs(catalogue: Catalogue) -> None:
    before = {row[0]: row[1:] for row in catalogue.prices()}
    change_prices()

    job = finish(jobs.start("pricing", A_TEST))

    after = {row[0]: row[1:] for row in catalogue.prices()}
    changed = {key for key in before if before[key] != after.get(key)}
    assert (job.status, job.processed_diamonds) == ("completed", 300)
    assert job.updated_diamonds == len(changed) > 0
    remembered = catalogue.rows("SELECT diamond_id FROM price_changes WHERE origin_id = %s", job.id)
    assert {row[0] for row in remembered} == changed


def test_a_second_job_finds_nothing_left_to_do(catalogue: Catalogue) -> None:
    change_prices()
    finish(jobs.start("pricing", A_TEST))
    before = catalogue.rows("SELECT xmin::text, * FROM diamond_prices ORDER BY diamond_id")

    again = finish(jobs.start("pricing", A_TEST))

    assert again.updated_diamonds == 0
    assert catalogue.rows("SELECT xmin::text, * FROM diamond_prices ORDER BY diamond_id") == before


def test_a_job_and_a_fresh_ingest_make_the_same_prices(catalogue: Catalogue) -> None:
    change_prices()
    finish(jobs.start("pricing", A_TEST))
    prices = catalogue.prices()

    catalogue.ingest()

    assert catalogue.prices() == prices


def test_reverting_a_job_brings_every_price_back_to_the_cent(catalogue: Catalogue) -> None:
    before = catalogue.prices()
    change_prices()
    job = finish(jobs.start("pricing", A_TEST))
    assert catalogue.prices() != before

    back = finish(jobs.revert("pricing", job.id, A_TEST))

    assert catalogue.prices() == before
    assert (back.status, back.reverted_diamonds) == ("reverted", job.updated_diamonds)


def test_a_revert_leaves_alone_what_something_newer_changed(catalogue: Catalogue) -> None:
    change_prices()
    job = finish(jobs.start("pricing", A_TEST))
    stone = catalogue.stones[0]
    catalogue.stones[0] = stone._replace(feed_price=stone.feed_price + 1)
    catalogue.ingest()
    newer = catalogue.rows("SELECT * FROM diamond_prices WHERE diamond_id = %s", stone.diamond_id)

    back = finish(jobs.revert("pricing", job.id, A_TEST))

    assert back.kept_diamonds == 1
    kept = catalogue.rows("SELECT * FROM diamond_prices WHERE diamond_id = %s", stone.diamond_id)
    assert kept == newer


def test_a_cancelled_job_stops_at_once_and_a_resumed_one_does_the_rest(
    catalogue: Catalogue,
) -> None:
    change_prices()
    job = jobs.start("pricing", A_TEST)
    one_batch(job)
    with db.transaction() as conn:
        jobs.cancel(conn, "pricing", job.id)

    assert batches.work(job.id, job.attempt, batch=50) == "stopped"
    assert on_file(job.id, job).processed_diamonds == 50

    resumed = jobs.resume("pricing", job.id)
    done = finish(resumed)
    assert (done.processed_diamonds, resumed.attempt) == (300, 2)
    doubled = catalogue.rows(
        "SELECT diamond_id FROM price_changes GROUP BY diamond_id HAVING count(*) > 1"
    )
    assert doubled == []


def test_an_overtaken_runner_finds_itself_locked_out(catalogue: Catalogue) -> None:
    change_prices()
    job = jobs.start("pricing", A_TEST)
    one_batch(job)

    claimed = jobs.taken_over(job)

    assert claimed is not None
    assert jobs.taken_over(job) is None
    assert batches.work(job.id, job.attempt, batch=50) == "stopped"
    assert finish(claimed).processed_diamonds == 300


def test_of_two_jobs_started_at_once_one_runs(catalogue: Catalogue) -> None:
    def begin(_: int) -> str:
        try:
            return jobs.start("pricing", A_TEST).status
        except JobInProgress:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(begin, range(4)))

    assert sorted(outcomes) == ["pending", "refused", "refused", "refused"]
    assert len(catalogue.rows("SELECT FROM reapply_jobs")) == 1


def test_attempts_are_counted_and_end(catalogue: Catalogue) -> None:
    job = jobs.start("pricing", A_TEST)
    waits = []
    for _ in range(3):
        jobs.fail(job.id, job.attempt, "the database is away")
        failed = on_file(job.id, job)
        waits.append(failed.next_retry_at is not None)
        if failed.retry_count < 3:
            job = jobs.resume("pricing", job.id)

    assert waits == [True, True, False]
    with pytest.raises(JobNotReady):
        jobs.resume("pricing", job.id)


def test_a_failed_revert_goes_on_going_back(catalogue: Catalogue) -> None:
    before = catalogue.prices()
    change_prices()
    job = finish(jobs.start("pricing", A_TEST))
    back = jobs.revert("pricing", job.id, A_TEST)
    one_batch(back)
    jobs.fail(back.id, back.attempt, "the database is away")

    again = jobs.resume("pricing", back.id)

    assert finish(again).status == "reverted"
    assert catalogue.prices() == before


def test_a_job_of_retired_rules_is_not_resumed(catalogue: Catalogue) -> None:
    change_prices(1)
    job = jobs.start("pricing", A_TEST)
    with db.transaction() as conn:
        jobs.cancel(conn, "pricing", job.id)
    change_prices(2)

    with pytest.raises(JobSuperseded):
        jobs.resume("pricing", job.id)


def test_a_stone_on_hold_is_repriced_like_any_other(catalogue: Catalogue) -> None:
    catalogue.rows("UPDATE diamonds SET own_availability = 'on_hold' RETURNING id")
    change_prices()

    assert finish(jobs.start("pricing", A_TEST)).updated_diamonds > 0


def test_a_rating_job_never_touches_a_price_and_comes_back(catalogue: Catalogue) -> None:
    prices = "SELECT diamond_id, price_model_price, priced_at FROM diamond_prices ORDER BY 1"
    before, whole = catalogue.rows(prices), catalogue.prices()
    with db.transaction() as conn:
        activate_rating(conn, rating_rules(random.Random(3), 30))

    job = finish(jobs.start("rating", A_TEST))

    assert job.updated_diamonds > 0
    assert catalogue.rows(prices) == before
    assert finish(jobs.revert("rating", job.id, A_TEST)).kept_diamonds == 0
    assert catalogue.prices() == whole


def test_every_change_is_explained_in_parts_that_add_up(catalogue: Catalogue) -> None:
    change_prices()
    finish(jobs.start("pricing", A_TEST))

    whole, parts, rules = catalogue.rows(
        """SELECT sum(new_price - old_price),
                  sum(supplier_cost + rule + rate + rounding + override + mapper), sum(rule)
             FROM price_changes WHERE new_price IS NOT NULL"""
    )[0]
    assert whole == parts
    assert rules != 0


def test_a_dataset_version_moves_with_its_prices(catalogue: Catalogue) -> None:
    version = "SELECT version FROM dataset_versions WHERE feed = 'shelf'"
    change_prices()
    before = catalogue.rows(version)

    finish(jobs.start("pricing", A_TEST))

    assert catalogue.rows(version) != before
    with db.transaction() as conn:
        assert queries.list_jobs(conn, kind="pricing", limit=5)[0].feeds_affected == ["shelf"]
