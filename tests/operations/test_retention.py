"""Housekeeping after a year: what must be kept is kept, the rest is archived before it goes."""

import gzip
from decimal import Decimal
from typing import Any

import pytest
from azure.core.exceptions import AzureError

from shared.operations import housekeeping, retention
from shared.platform import blobs, db, exact_json
from tests.conftest import NO_STORAGE, AppSettings
from tests.ingestion.conftest import Shop

SOLD = 50
PROMISED = 3
TABLES = ("diamonds", "diamond_prices", "raw_diamonds", "staged_diamonds")


@pytest.fixture
def aged(shop: Shop) -> Shop:
    """A year later: 50 of 300 stones are gone, three of which somebody had held."""
    shop.run()
    for number in range(SOLD):
        shop.feed.sell(number * 6)
    shop.run()
    with db.transaction() as conn:
        conn.execute(PROMISES)
        conn.execute(A_YEAR_LATER)
    return shop


PROMISES = """
    WITH stone AS (SELECT * FROM diamonds WHERE status = 'deleted' ORDER BY id LIMIT 3),
    held AS (
        INSERT INTO holds (id, client_name, requested_diamond_id, diamond_id, feed,
                           supplier_stone_id, offer_id, price, cost, expires_at)
        SELECT gen_random_uuid(), 'a shop', id, id, feed, supplier_stone_id, offer_id, 9, 8, now()
          FROM stone
        RETURNING id, diamond_id, feed, offer_id)
    INSERT INTO hold_history (hold_id, diamond_id, feed, offer_id, status, event)
    SELECT id, diamond_id, feed, offer_id, 'requesting', 'requested' FROM held;
    INSERT INTO error_logs (service, fingerprint, message) VALUES ('tests', 'f', 'it failed')"""
DECIDED = """
    INSERT INTO price_overrides (diamond_id, price, reason, actor)
    SELECT id, 900, 'a favour', 'ann' FROM diamonds WHERE status = 'deleted';
    INSERT INTO price_reviews (diamond_id, old_price, proposed_price, cost, movement)
    SELECT id, 900, 1900, 800, 111.11 FROM diamonds WHERE status = 'deleted';
    INSERT INTO webhook_attempts (outbox_id, status, duration_ms) SELECT id, 500, 7 FROM outbox"""
REPORTED = """
    WITH upload AS (
        INSERT INTO stock_uploads (id, filename, uploaded_by, complete, columns, constants, ignored,
                                   content, sha256, lines, bad_lines, stones, run_id, shelved_at)
        SELECT gen_random_uuid(), name, 'ann', true, '{}', '{}', '{}', content, '', 1, 1, 0,
               gen_random_uuid(), now() - interval '91 days'
          FROM (VALUES ('old', NULL::bytea), ('newest', 'kept')) AS one(name, content)
        RETURNING id)
    INSERT INTO stock_faults (upload_id, line, field, reason)
    SELECT id, 2, 'shape', 'is unknown' FROM upload"""
A_YEAR_LATER = """
    UPDATE diamonds SET deleted_at = deleted_at - interval '366 days' WHERE status = 'deleted';
    UPDATE run_metadata SET completed_at = completed_at - interval '401 days';
    UPDATE outbox SET sent_at = now() - interval '31 days';
    UPDATE error_logs SET last_seen = last_seen - interval '91 days'"""


def due() -> dict[str, int]:
    with db.transaction() as conn:
        return {one.category.name: one.rows for one in retention.plan(conn) if one.rows}


def archive() -> set[str]:
    blobs._ensure(housekeeping.CONTAINER)
    container = blobs.service().get_container_client(housekeeping.CONTAINER)
    return {*container.list_blob_names()}


def lines(names: set[str]) -> list[dict[str, Any]]:
    found = [blobs.read(housekeeping.CONTAINER, name) for name in names]
    packed = [blob.content for blob in found if blob]
    return [
        exact_json.loads(line) for blob in packed for line in gzip.decompress(blob).splitlines()
    ]


def test_the_plan_names_what_is_past_its_time_and_removes_nothing(aged: Shop) -> None:
    before = aged.rows("SELECT count(*) FROM diamonds")

    planned = due()
    assert planned.pop("messages") > 0
    assert planned == {"runs": 1, "errors": 1, "deleted stones": SOLD - PROMISED}
    assert aged.rows("SELECT count(*) FROM diamonds") == before


def test_stones_go_with_all_that_is_theirs_unless_somebody_held_or_bought_them(aged: Shop) -> None:
    housekeeping.keep_house("a test", seconds=60)

    left = dict.fromkeys(TABLES, 300 - SOLD + PROMISED)
    for table, rows in left.items():
        assert aged.rows(f"SELECT count(*) FROM {table}") == [(rows,)], table
    assert aged.rows("SELECT count(*) FROM hold_history") == [(PROMISED,)]
    assert aged.rows("SELECT count(*) FROM diamonds WHERE status = 'active'") == [(300 - SOLD,)]


def test_the_last_completed_run_of_a_feed_is_never_too_old(aged: Shop) -> None:
    (newest,) = aged.rows("SELECT run_id FROM run_metadata ORDER BY completed_at DESC LIMIT 1")
    housekeeping.keep_house("a test", seconds=60)

    assert aged.rows("SELECT run_id FROM run_metadata") == [newest]
    assert aged.rows("SELECT DISTINCT run_id FROM partition_progress") == [newest]


def test_what_goes_is_in_the_archive_and_in_the_books(aged: Shop) -> None:
    planned, before = due(), archive()
    housekeeping.keep_house("a test", seconds=60)

    gone = lines(archive() - before)
    tables = [line["table"] for line in gone]
    assert tables.count("diamonds") == planned["deleted stones"]
    assert tables.count("run_metadata") == planned["runs"]
    prices = [line["row"]["feed_price"] for line in gone if line["table"] == "diamonds"]
    assert all(isinstance(price, Decimal) and price.as_tuple().exponent == -2 for price in prices)
    with db.transaction() as conn:
        (run,) = housekeeping.list_runs(conn, after=None, limit=10)
    assert {name: told["rows"] for name, told in run.plan.items()} == run.removed == planned
    assert run.completed_at is not None
    assert due() == {}


def test_reports_on_lists_of_own_stones_go_with_what_was_wrong_in_them(shop: Shop) -> None:
    shop.run()
    with db.transaction() as conn:
        conn.execute(REPORTED)
    before = archive()

    assert due() == {"stock reports": 1}
    housekeeping.keep_house("a test", seconds=60)

    assert {line["table"] for line in lines(archive() - before)} == {
        "stock_uploads",
        "stock_uploads (along)",
    }
    assert shop.rows("SELECT filename FROM stock_uploads ORDER BY filename") == [("newest",)]


def test_what_people_decided_and_what_was_tried_is_archived_with_what_it_was_about(
    aged: Shop,
) -> None:
    with db.transaction() as conn:
        conn.execute(DECIDED)
    planned, before = due(), archive()
    housekeeping.keep_house("a test", seconds=60)

    rows = [line["row"] for line in lines(archive() - before)]
    assert sum("proposed_price" in row for row in rows) == planned["deleted stones"]
    assert sum(row.get("reason") == "a favour" for row in rows) == planned["deleted stones"]
    assert sum("outbox_id" in row for row in rows) == planned["messages"]
    for table in ("price_overrides", "price_reviews"):
        assert aged.rows(f"SELECT count(*) FROM {table}") == [(PROMISED,)], table


def test_what_cannot_be_archived_stays(aged: Shop, app_settings: AppSettings) -> None:
    planned = due()
    app_settings(AzureWebJobsStorage=NO_STORAGE)

    with pytest.raises(AzureError):
        housekeeping.keep_house("a test", seconds=60)

    assert due() == planned
    assert aged
