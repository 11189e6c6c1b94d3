"""What a supplier sends that it did not send before: told once, and kept off if so wished."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest

from shared.drift import queries as found_by
from shared.drift import service
from shared.drift.model import Drift
from shared.ingestion import runs
from shared.ingestion.model import Run
from shared.platform import db
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support.replayer import replay

TOLD = "SELECT payload ->> 'text' FROM outbox WHERE category = 'payload_drift' ORDER BY id"
WAITING = """
    SELECT supplier_stone_id, field, reason FROM quarantine WHERE resolved_at IS NULL ORDER BY 1"""


def drifted() -> list[Drift]:
    with db.transaction() as conn:
        return found_by.list_drift(conn, feed="shelf", unseen=False, before=None, limit=1_000)[::-1]


def acknowledge() -> None:
    with db.transaction() as conn:
        found_by.acknowledge_drift(conn, ids=[one.id for one in drifted()], actor="a test")


def run(shop: Shop) -> Run:
    begun = shop.open()
    shop.fetch(begun.run_id)
    shop.settle(begun.run_id)
    with db.transaction() as conn:
        return runs.get_run(conn, begun.run_id)


def colour_by_number(shop: Shop, *numbers: int) -> None:
    """A grade that was text comes as a number, and maps as well as before."""
    for number in numbers:
        shop.feed.change(number, grade=7)


@pytest.fixture
def graded(shop: Shop) -> Shop:
    for number in range(300):
        shop.feed.change(number, grade="G")
    run(shop)
    return shop


def test_the_first_run_is_how_a_feed_is(shop: Shop) -> None:
    shop.feed.change(7, carats="broken", extra={"a": [1, "b"]})
    shop.run()

    assert (drifted(), shop.rows(TOLD)) == ([], [])
    kept = "SELECT path, type FROM payload_fields WHERE path LIKE '%a%' ORDER BY 1, 2"
    assert shop.rows(kept) == [
        ("carats", "number"),
        ("carats", "string"),
        ("extra", "object"),
        ("extra.a", "array"),
        ("extra.a[]", "number"),
        ("extra.a[]", "string"),
        ("shape", "string"),
        ("updated", "string"),
    ]


def test_a_run_that_failed_leaves_the_next_one_to_be_the_first(shop: Shop) -> None:
    begun = shop.open()
    shop.fetch(begun.run_id)
    with db.transaction() as conn:
        runs.cancel_run(conn, begun.run_id)
    shop.settle(begun.run_id)
    shop.feed.change(7, extra="new")

    shop.run()

    assert drifted() == []


def test_a_new_field_is_one_event_with_run_path_and_sample(shop: Shop) -> None:
    shop.run()
    for number in range(0, 300, 3):
        shop.feed.change(number, sparkle={"score": 97, "by": "a machine"}, notes=None)
    second = run(shop)
    for number in range(300):
        shop.feed.change(number, sparkle={"score": None, "by": "another"}, notes="words now")
    shop.run()

    notes, sparkle = sorted(drifted(), key=lambda one: one.path)
    assert (sparkle.path, sparkle.drift, sparkle.type) == ("sparkle", "new_field", "object")
    assert (sparkle.run_id, sparkle.sample) == (second.run_id, "{score, by}")
    assert (notes.path, notes.type, notes.sample) == ("notes", "null", "null")
    assert [set(str(text).split("\n")) for (text,) in shop.rows(TOLD)] == [
        {"notes: new, null, e.g. null", "sparkle: new, object, e.g. {score, by}"}
    ]
    with db.transaction() as conn:
        assert len(found_by.list_run_drift(conn, run_id=second.run_id)) == 2


@pytest.mark.parametrize("grade", [None, "H"])
def test_nothing_said_is_no_other_type(graded: Shop, grade: Any) -> None:
    graded.feed.change(3, grade=grade, price=100)

    graded.run()

    assert drifted() == []


def test_a_changed_type_is_told_and_the_stone_is_taken(graded: Shop) -> None:
    colour_by_number(graded, 3, 4)

    assert run(graded).status == "completed"

    (one,) = drifted()
    assert (one.drift, one.path, one.types_before, one.type) == (
        "type_changed",
        "grade",
        ["string"],
        "number",
    )
    assert graded.rows(TOLD) == [("grade: number, e.g. 7; was string",)]
    assert graded.rows(WAITING) == []


def test_a_changed_type_goes_to_the_quarantine_until_somebody_accepts_it(
    graded: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_TYPE_CHANGES="quarantine")
    colour_by_number(graded, 3, 150)
    graded.feed.change(4, price=Decimal("444.00"))

    summary = graded.run()

    assert (summary.status, summary.changed, summary.quarantined) == ("completed", 1, 2)
    assert summary.balanced
    reason = "is number (7), and was string"
    assert graded.rows(WAITING) == [("S-000003", "grade", reason), ("S-000150", "grade", reason)]
    replay(graded.open("replay").run_id)
    graded.run()
    assert len(graded.rows(WAITING)) == 2
    assert len(drifted()) == len(graded.rows(TOLD)) == 1

    acknowledge()
    replay(graded.open("replay").run_id)

    assert graded.rows(WAITING) == []
    assert graded.run().unchanged == 300


def test_a_changed_type_stops_the_run_before_anything_is_published(
    graded: Shop, app_settings: AppSettings
) -> None:
    app_settings(INGEST_TYPE_CHANGES="fail")
    before = graded.rows("SELECT count(*), max(updated_at) FROM diamonds")
    graded.feed.change(4, price=Decimal("444.00"))
    colour_by_number(graded, 150, 151)

    failed = run(graded)

    assert (failed.status, failed.sweep, failed.watermark_after) == ("failed", "not_due", None)
    assert failed.error == "stone S-000150: grade is number (7), and was string"
    assert graded.rows("SELECT count(*), max(updated_at) FROM diamonds") == before
    (one,) = drifted()
    assert (one.policy, one.run_id) == ("fail", failed.run_id)
    assert run(graded).status == "failed"
    assert len(drifted()) == len(graded.rows(TOLD)) == 1

    acknowledge()
    again, _ = runs.retry_run(failed.run_id, None)
    graded.fetch(again.run_id)

    assert graded.settle(again.run_id).status == "completed"


def test_ids_as_keys_fill_no_table(shop: Shop) -> None:
    shop.run()
    for number in range(300):
        shop.feed.change(number, bids={f"{number:012}": 1, f"x{'abcdefghij'[number % 10]}": 2})
        shop.feed.change(number, other={f"k{number}_{n}": n for n in range(10)})
    shop.run()

    assert shop.rows("SELECT count(*) <= 1000 FROM payload_fields") == [(True,)]
    assert ("bids.*",) in shop.rows("SELECT path FROM payload_fields")
    assert shop.run().unchanged == 300


def test_nothing_is_asked_of_the_database_while_payloads_are_as_they_were(
    graded: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    graded.feed.change(1, grade="H")
    graded.run()
    monkeypatch.delattr(found_by, "list_fields")
    for number in range(300):
        graded.feed.change(number, grade="I")

    assert graded.run().changed == 300


def test_of_two_pages_that_see_a_field_first_one_tells(shop: Shop) -> None:
    run(shop)
    begun, both_have_looked = shop.open().run_id, Barrier(2)

    def page(extra: Any) -> int:
        with db.transaction() as conn:
            looked = service.look(conn, "shelf", begun, {b"": {"extra": extra}})
            both_have_looked.wait(60)
            return len(service.keep(conn, "shelf", begun, looked.fields))

    with ThreadPoolExecutor(2) as pages:
        told = list(pages.map(page, (1, "words")))

    assert sorted(told) == [0, 1]
    assert [one.path for one in drifted()] == ["extra"]
