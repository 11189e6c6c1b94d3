"""A retailer's own list from the upload to the search, by the pipeline of every feed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.feeds import registry
from shared.feeds.own_stock.feed import OwnStock
from shared.ingestion.summary import Summary
from shared.platform import db
from shared.stock import queries, service
from shared.stock.model import Fault, FollowedUpload
from shared.stock.service import Offered
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support.stock import Row, csv_of, stone, stones

LINES = 10_000
PLANTED: dict[int, tuple[str, Row]] = {
    10: ("shape", {"Shape": "Blob"}),
    500: ("carats", {"Weight": "heavy"}),
    1_234: ("price", {"Total Price": "1.234,50"}),
    2_000: ("price", {"Total Price": "-5"}),
    3_001: ("color", {"Color": "ZZ"}),
    4_444: ("clarity", {"Clarity": ""}),
    5_005: ("stock_number", {"Stock #": ""}),
    6_006: ("certificate_number", {"Cert #": "2.14E+09"}),
    7_007: ("measurements", {"Measurements": "big"}),
    9_999: ("availability", {"Availability": "perhaps"}),
}
"""By the number of the stone, which stands two lines further on."""


@pytest.fixture
def own(shop: Shop, app_settings: AppSettings) -> Shop:
    app_settings(
        INGEST_STONES_PER_PARTITION="2000",
        INGEST_STONES_PER_WRITE="2000",
        INGEST_CONSOLIDATION_BATCH="2000",
    )
    return Shop(registry.feed(OwnStock.name))  # type: ignore[arg-type]


def upload(rows: list[Row], *, complete: bool = True) -> FollowedUpload:
    with db.transaction() as conn:
        offered = Offered(csv_of(rows), complete=complete)
        taken = service.take(conn, offered, uploaded_by="ann")
        return service.get(conn, taken.id)


def read(own: Shop) -> Summary:
    """Everything that waits, run after run; the last run's summary."""
    summary = None
    while run := service.begin_next():
        own.fetch(run.run_id)
        summary = own.settle(run.run_id)
    assert summary is not None
    return summary


def faults(uploaded: FollowedUpload) -> list[Fault]:
    with db.transaction() as conn:
        return queries.list_faults(conn, upload_id=uploaded.id, after=None, limit=None)


def on_sale(own: Shop) -> set[str]:
    found = own.rows("SELECT supplier_stone_id FROM diamonds WHERE status = 'active'")
    return {str(number) for (number,) in found}


def planted() -> list[Row]:
    rows = stones(LINES, Availability="G")
    for number, (_, changed) in PLANTED.items():
        rows[number] |= changed
    return rows


def test_a_price_beyond_all_bounds_holds_up_neither_its_list_nor_the_next(own: Shop) -> None:
    beyond = stone(0, Weight="9000", **{"Total Price": "", "Price/Ct": "2000000"})
    first = upload([beyond, stone(1) | {"Price/Ct": ""}])
    upload(stones(3))
    read(own)

    assert [(fault.line, fault.field) for fault in faults(first)] == [(2, "price")]
    assert on_sale(own) == {"OWN-00000", "OWN-00001", "OWN-00002"}


def test_a_list_in_part_removes_no_stone_whatever_its_number_is(own: Shop) -> None:
    upload([stone(0, **{"Stock #": "line:7"})])
    read(own)
    upload([stone(1)], complete=False)
    read(own)

    assert set(own.rows("SELECT key FROM own_stock")) == {("line:7",), ("OWN-00001",)}


@pytest.mark.timeout(300)
def test_bad_lines_are_reported_good_ones_live_and_the_same_list_again_changes_nothing(
    own: Shop,
) -> None:
    uploaded = upload(planted())
    first = read(own)

    assert [(fault.line, fault.field) for fault in faults(uploaded)] == [
        (number + 2, field) for number, (field, _) in PLANTED.items()
    ]
    assert uploaded.stones == LINES - len(PLANTED)
    assert (first.status, first.balanced) == ("completed", True)
    assert (first.fetched, first.active) == (LINES, LINES - len(PLANTED))
    assert first.quarantined == len(PLANTED)
    assert on_sale(own) == {f"OWN-{number:05}" for number in range(LINES) if number not in PLANTED}
    before = own.rows("SELECT id, updated_at, content_hash FROM diamonds ORDER BY id")

    upload(planted())
    again = read(own)

    assert (again.new, again.changed, again.removed) == (0, 0, 0)
    assert again.unchanged == LINES - len(PLANTED)
    assert own.rows("SELECT id, updated_at, content_hash FROM diamonds ORDER BY id") == before


def test_a_stone_that_a_complete_list_leaves_out_goes_and_comes_back_when_named(own: Shop) -> None:
    upload(stones(300))
    read(own)

    upload([row for row in stones(300) if row["Stock #"] != "OWN-00007"])
    without = read(own)
    assert (without.removed, without.active) == (1, 299)
    assert "OWN-00007" not in on_sale(own)

    upload(stones(300))
    back = read(own)
    assert (back.resurrected, back.active) == (1, 300)


def test_a_partial_list_adds_and_changes_and_takes_nothing_away(own: Shop) -> None:
    upload(stones(100))
    read(own)

    upload([stone(5, **{"Total Price": "777.00"}), stone(500)], complete=False)
    after = read(own)

    assert (after.new, after.changed, after.removed, after.active) == (1, 1, 0, 101)
    found = own.rows("SELECT feed_price::text FROM diamonds WHERE supplier_stone_id = 'OWN-00005'")
    assert found == [("777.00",)]


def test_a_list_that_would_take_too_much_away_waits_for_approval(own: Shop) -> None:
    upload(stones(100))
    read(own)

    shorter = upload(stones(40))
    after = read(own)

    assert (after.removed, after.active) == (0, 100)
    with db.transaction() as conn:
        assert service.get(conn, shorter.id).sweep == "waiting"


def test_a_list_full_of_unreadable_lines_takes_nothing_away(own: Shop) -> None:
    upload(stones(200))
    read(own)

    rows = stones(195)
    for row in rows[:10]:
        row["Stock #"] = ""
    broken = upload(rows)
    after = read(own)

    assert (after.removed, after.active) == (0, 200)
    with db.transaction() as conn:
        assert service.get(conn, broken.id).sweep == "refused"


def test_a_stone_whose_line_went_bad_stays_as_it_was(own: Shop) -> None:
    upload(stones(50))
    read(own)

    upload([row | ({"Total Price": "?"} if n == 3 else {}) for n, row in enumerate(stones(50))])
    after = read(own)

    assert (after.quarantined, after.removed, after.active) == (1, 0, 50)


def test_a_number_that_two_lines_claim_for_different_stones_is_neither(own: Shop) -> None:
    upload(stones(50))
    read(own)

    twice = upload([*stones(50), stone(9, Color="J", Weight="2.00")])
    after = read(own)

    assert [(fault.line, fault.field) for fault in faults(twice)] == [
        (11, "stock_number"),
        (52, "stock_number"),
    ]
    assert (after.changed, after.active) == (0, 50)


def test_lists_that_come_during_a_run_wait_and_are_read_in_their_order(own: Shop) -> None:
    upload(stones(20))
    run = service.begin_next()
    assert run is not None

    cheap = upload([stone(1, **{"Total Price": "10.00"})], complete=False)
    dear = upload([stone(1, **{"Total Price": "20.00"})], complete=False)
    assert service.begin_next() is None
    assert (cheap.status, dear.status) == ("waiting", "waiting")

    own.fetch(run.run_id)
    own.settle(run.run_id)
    read(own)
    found = own.rows("SELECT feed_price::text FROM diamonds WHERE supplier_stone_id = 'OWN-00001'")
    assert found == [("20.00",)]


def test_of_many_that_want_to_begin_the_next_list_one_does(own: Shop) -> None:
    upload(stones(20))
    upload(stones(21))
    at_once = threading.Barrier(4)

    def begin(_: int) -> bool:
        at_once.wait()
        return service.begin_next() is not None

    with ThreadPoolExecutor(4) as threads:
        begun = list(threads.map(begin, range(4)))

    assert begun.count(True) == 1
    found = own.rows("SELECT number, run_id IS NULL FROM stock_uploads ORDER BY number")
    assert [waiting for _, waiting in found] == [False, True]


def test_a_kill_while_a_list_is_shelved_leaves_it_waiting(
    own: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(stones(20))

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(queries, "mark_shelved", killed)
        with pytest.raises(SystemExit):
            service.begin_next()

    assert own.rows("SELECT count(*) FROM own_stock") == [(0,)]
    assert own.rows("SELECT count(*) FROM run_metadata") == [(0,)]
    assert read(own).active == 20
