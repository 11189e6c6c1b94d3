"""What people hear of runs, in the transaction in which it happens."""

import json

import pytest

from shared.ingestion import pages, runs, watch
from shared.ingestion.model import Run
from shared.notifications import error_logs, queries
from shared.notifications.model import Message
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.ingestion.test_runs import end_short, recover, retry


def told() -> list[Message]:
    """Oldest first."""
    with db.transaction() as conn:
        found = queries.list_messages(conn, destination=None, status=None, before=None, limit=100)
    return found[::-1]


def categories() -> list[str]:
    return [message.category for message in told()]


def opened(shop: Shop) -> Run:
    return runs.open_run(shop.feed.name, "full", requested_by="a test")


def test_a_run_says_when_it_starts_and_how_it_ends(shop: Shop) -> None:
    run = opened(shop)
    shop.fetch(run.run_id)
    shop.settle(run.run_id)

    assert categories() == ["run_started", "run_completed"]
    assert told()[1].payload["facts"]["new"] == "300"


def test_a_refused_run_says_nothing(shop: Shop) -> None:
    opened(shop)
    with pytest.raises(runs.RunInProgress):
        opened(shop)

    assert categories() == ["run_started"]


def test_a_feed_s_trouble_is_told_once_and_its_end_too(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    retry(shop, run_id)
    shop.settle(run_id)
    assert categories() == ["run_failed"]

    recover(shop)
    retry(shop, run_id)
    shop.settle(run_id)
    shop.run()

    assert categories() == ["run_failed", "run_recovered", "run_completed"]


def test_a_partial_run_is_trouble_too(shop: Shop) -> None:
    end_short(shop, 0.9)
    recover(shop)
    shop.run()

    assert categories() == ["run_partial", "run_recovered"]


def test_a_stalled_run_is_told_once_however_often_it_is_taken_over(shop: Shop) -> None:
    run = shop.open()
    fresh = watch.taken_over(run, "Failed")
    assert fresh is not None
    watch.taken_over(fresh, None)

    assert categories() == ["run_stalled"]


def test_a_sweep_that_waits_is_told_and_so_is_its_decision(shop: Shop) -> None:
    shop.run()
    for number in range(1, 150):
        shop.feed.sell(number)
    run = shop.open()
    shop.fetch(run.run_id)
    shop.settle(run.run_id)

    with db.transaction() as conn:
        runs.decide_sweep(conn, run.run_id, approve=True, decided_by="ann")

    assert categories() == ["run_completed", "run_completed", "sweep_waiting", "sweep_decided"]
    assert "decided by ann" in told()[-1].payload["text"]


def test_every_partition_is_announced_once_with_how_it_ended(shop: Shop) -> None:
    end_short(shop, 0.4)

    with db.transaction() as conn:
        found = queries.list_messages(conn, destination="bus", status=None, before=None, limit=100)
    bodies = [message.payload["body"] for message in found]

    with db.transaction() as conn:
        partitions = conn.execute(
            "SELECT count(*), sum(fetched)::int FROM partition_progress"
        ).fetchone()
    assert partitions == (len(bodies), sum(json.loads(body)["fetched"] for body in bodies))
    assert any('"status":"failed"' in body for body in bodies)
    assert any('"status":"completed"' in body for body in bodies)


def test_failures_are_counted_by_what_they_are(shop: Shop) -> None:
    end_short(shop, 0.4)

    with db.transaction() as conn:
        found = {
            error.service: error
            for error in queries.list_errors(conn, service=None, before=None, limit=10)
        }
    assert found["partition"].count >= 2
    assert found["partition"].message == "closed for stocktaking"
    assert found["run"].count == 1


def test_a_partition_that_already_ended_is_not_counted_again(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    with db.transaction() as conn:
        before = queries.list_errors(conn, service="partition", before=None, limit=10)

    pages.fail_partition(run_id, "partition-0", "too late")

    with db.transaction() as conn:
        assert queries.list_errors(conn, service="partition", before=None, limit=10) == before


def test_a_fingerprint_knows_no_ids_numbers_or_quotations() -> None:
    one = "run 7e9a6a3c-0f0e-4f6e-9b59-4a1f36a2c0de: 503 after 1.25 s for 'GIA 12'"
    other = "run 11111111-2222-3333-4444-555555555555: 500 after 9 s for 'IGI'"

    assert error_logs.fingerprint(one) == error_logs.fingerprint(other)
    assert error_logs.fingerprint(one) != error_logs.fingerprint("the run was lost")
