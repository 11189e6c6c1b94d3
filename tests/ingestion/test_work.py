"""Queue messages: done once, or kept with the reason."""

import json
from typing import Any
from uuid import UUID

import pytest

from shared.ingestion import closing, queries, work
from shared.ingestion.messages import CONSOLIDATE, WORK_ITEMS
from shared.ingestion.model import Run
from shared.notifications import dead_letters
from shared.notifications.model import DeadLetter, Message
from shared.notifications.queries import list_messages
from shared.platform import db
from tests.ingestion.conftest import Shop
from tests.ingestion.test_runs import end_short, recover

NO_RUN = "00000000-0000-4000-8000-000000000000"


def send(queue: str, message_id: str = "m-1", **body: Any) -> Run | None:
    return work.consume(work.Delivered(queue, message_id, json.dumps(body, default=str)))


def buried(queue: str) -> list[DeadLetter]:
    with db.transaction() as conn:
        return dead_letters.list_buried(conn, queue=queue, after=None, limit=100)


def failed_partitions(run_id: UUID) -> list[str]:
    with db.transaction() as conn:
        found = queries.list_partitions(conn, run_id=run_id)
    return [part.partition_id for part in found if part.status == "failed"]


def test_a_work_item_gives_its_partition_another_attempt_and_no_other(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    recover(shop)
    first, *others = failed_partitions(run_id)

    run = send(WORK_ITEMS, runId=run_id, partitionId=first)

    assert run is not None
    assert (run.run_id, run.status, run.attempt) == (run_id, "running", 2)
    assert failed_partitions(run_id) == others


def test_a_message_delivered_twice_acts_once(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    first, *_ = failed_partitions(run_id)
    send(WORK_ITEMS, runId=run_id, partitionId=first)

    assert send(WORK_ITEMS, runId=run_id, partitionId=first) is None

    with db.transaction() as conn:
        run = queries.find_run(conn, run_id=run_id)
    assert run is not None
    assert run.attempt == 2
    assert buried(WORK_ITEMS) == []


def test_force_consolidates_a_run_that_ended_short_and_nothing_else_does(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)

    assert send(CONSOLIDATE, "gently", runId=run_id) is None
    forced = send(CONSOLIDATE, "by force", runId=run_id, force=True)

    assert forced is not None
    assert forced.forced_by == "consolidate"
    (letter,) = buried(CONSOLIDATE)
    assert (letter.message_id, "only force" in letter.reason) == ("gently", True)


def test_a_run_that_consolidates_by_itself_is_left_alone(shop: Shop) -> None:
    run = shop.open()

    assert send(CONSOLIDATE, runId=run.run_id, force=True) is None
    assert buried(CONSOLIDATE) == []


def put_off() -> list[Message]:
    """What waits in the outbox for a supplier that is busy."""
    with db.transaction() as conn:
        found = list_messages(conn, destination="bus", status="waiting", before=None, limit=100)
    return [message for message in found if message.category == "put_off"]


@pytest.mark.parametrize("queue", [WORK_ITEMS, CONSOLIDATE])
def test_a_message_that_meets_a_busy_supplier_is_met_again_later(shop: Shop, queue: str) -> None:
    run_id = end_short(shop, 0.4)
    recover(shop)
    first, *_ = failed_partitions(run_id)
    busy = shop.open("incremental")

    for _ in range(2):
        assert send(queue, runId=run_id, partitionId=first, force=True) is None

    assert buried(queue) == []
    (waiting,) = put_off()
    assert (waiting.next_attempt_at - waiting.created_at).total_seconds() == 60
    closing.close_run(busy.run_id, "cancelled", None)
    again = work.consume(work.Delivered(queue, waiting.incident_key, waiting.payload["body"]))
    assert again is not None
    assert (again.run_id, again.status) == (run_id, "running")


def test_a_message_whose_supplier_is_busy_for_ever_is_kept_in_the_end(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    first, *_ = failed_partitions(run_id)
    shop.open("incremental")

    send(WORK_ITEMS, runId=run_id, partitionId=first, putOff=work.PUT_OFF_AT_MOST)

    (letter,) = buried(WORK_ITEMS)
    assert "RunInProgress: put off 24 times" in letter.reason
    assert put_off() == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("not json", "Invalid JSON"),
        ("[]", "body"),
        ('{"runId": "7"}', "runId"),
        (f'{{"runId": "{NO_RUN}", "partitionId": "partition-1", "version": 2}}', "version"),
        (f'{{"runId": "{NO_RUN}", "partitionId": "x"}}', "partitionId"),
        (f'{{"runId": "{NO_RUN}", "partitionId": "partition-1"}}', "RunNotFound"),
    ],
)
def test_what_no_delivery_can_cure_is_kept_with_its_reason(
    app_database: str, body: str, reason: str
) -> None:
    for _ in range(2):
        assert work.consume(work.Delivered(WORK_ITEMS, "m-1", body)) is None

    (letter,) = buried(WORK_ITEMS)
    assert letter.body == body
    assert reason in letter.reason


def test_fields_of_a_later_sender_are_ignored(shop: Shop) -> None:
    run_id = end_short(shop, 0.4)
    first, *_ = failed_partitions(run_id)

    assert send(WORK_ITEMS, runId=run_id, partitionId=first, traceId="t", feed="shelf")
