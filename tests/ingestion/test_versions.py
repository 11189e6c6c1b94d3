"""The last few payloads of a stone are kept with their runs, and told apart place by place."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.diamonds.model import diamond_id
from shared.ingestion import versions
from shared.ingestion.versions import Difference, PayloadNotFound, Told, differences
from shared.operations import housekeeping, retention
from shared.platform import db, exact_json
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support.replayer import MendedFeed, replay

KEPT = "SELECT count(*) FROM raw_versions"


def told(number: int) -> list[Told]:
    with db.transaction() as conn:
        return versions.list_told(conn, diamond_id("shelf", f"S-{number:06}"))


def prices(number: int) -> list[Decimal]:
    return [exact_json.loads(one.payload)["price"] for one in told(number)]


def test_the_last_payloads_are_kept_each_with_the_run_that_brought_it(shop: Shop) -> None:
    runs = []
    for price in ("11.00", "12.00", "13.00", "14.00"):
        shop.feed.change(7, price=Decimal(price))
        run = shop.open()
        shop.fetch(run.run_id)
        shop.settle(run.run_id)
        runs.append(run.run_id)

    assert prices(7) == [Decimal("14.00"), Decimal("13.00"), Decimal("12.00")]
    assert [one.run_id for one in told(7)] == [runs[3], runs[2], runs[1]]
    current, before, oldest = told(7)
    assert (current.version, current.replaced_at) == (None, None)
    assert (before.version or 0) > (oldest.version or 0) > 0
    assert oldest.told_at < before.told_at < current.told_at
    assert len(told(8)) == 1


def test_what_has_not_changed_and_what_is_new_writes_no_version(shop: Shop) -> None:
    shop.run()
    shop.run()
    shop.feed.sell(3)
    stone = dict(shop.feed.shelf["S-000004"])
    shop.feed.sell(4)
    shop.run()
    shop.feed.put(stone)
    shop.run()

    assert shop.rows(KEPT) == [(0,)]


def test_with_none_kept_no_version_is_written(shop: Shop, app_settings: AppSettings) -> None:
    shop.run()
    app_settings(INGEST_PAYLOAD_VERSIONS="0")
    shop.feed.change(7, price=Decimal("12.00"))

    assert shop.run().changed == 1
    assert shop.rows(KEPT) == [(0,)]


def test_a_replayed_payload_has_the_one_it_replaced_before_it(shop: Shop) -> None:
    shop.run()
    before = shop.feed.shelf["S-000007"]["price"]
    shop.feed.change(7, carats="1,11 ct", price=Decimal("12.00"))
    shop.run()
    shop.feed.__class__ = MendedFeed
    replay(shop.open("replay").run_id)

    assert prices(7) == [Decimal("12.00"), before]


def test_housekeeping_keeps_to_how_many_there_may_be(shop: Shop, app_settings: AppSettings) -> None:
    shop.run()
    for price in range(1, 4):
        shop.feed.change(7, price=Decimal(price))
        shop.feed.change(8, price=Decimal(price))
        shop.run()
    assert shop.rows(KEPT) == [(4,)]
    app_settings(INGEST_PAYLOAD_VERSIONS="1")

    with db.transaction() as conn:
        due = {one.category.name: one.rows for one in retention.plan(conn)}
    assert due["earlier payloads"] == 2
    housekeeping.keep_house("a test", seconds=60)

    assert prices(7) == prices(8) == [Decimal(3), Decimal(2)]


def test_any_two_payloads_can_be_compared_the_last_two_unless_named(shop: Shop) -> None:
    for price in ("11.00", "12.00", "13.00"):
        shop.feed.change(7, price=Decimal(price))
        shop.run()
    history = told(7)
    current, before, oldest = history

    assert versions.between(history, None, None) == (before, current)
    assert versions.between(history, oldest.version, before.version) == (oldest, before)
    with pytest.raises(PayloadNotFound):
        versions.between(history, 1_000_000, None)
    with pytest.raises(PayloadNotFound):
        versions.between(told(8), None, None)
    with db.transaction() as conn, pytest.raises(PayloadNotFound):
        versions.list_told(conn, UUID(int=7))


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("$.a", "changed", 1, 2)]),
        ({"a": Decimal("1.0")}, {"a": 1}, [("$.a", "changed", Decimal("1.0"), 1)]),
        ({"a": True}, {"a": 1}, [("$.a", "changed", True, 1)]),
        ({"a": None}, {}, [("$.a", "removed", None, None)]),
        ({}, {"a": {"b": 1}}, [("$.a", "added", None, {"b": 1})]),
        ({"a": {"b": 1}}, {"a": {"b": None}}, [("$.a.b", "changed", 1, None)]),
        ({"a": {"b": 1}}, {"a": [1]}, [("$.a", "changed", {"b": 1}, [1])]),
        ({"a b": 1}, {"a b": 2}, [('$["a b"]', "changed", 1, 2)]),
        (
            {"a": [1, {"b": 2}]},
            {"a": [1, {"b": 3}, 4]},
            [("$.a[1].b", "changed", 2, 3), ("$.a[2]", "added", None, 4)],
        ),
        ({"a": [1, 2]}, {"a": [1]}, [("$.a[1]", "removed", 2, None)]),
        ({"a": {"y": 1, "x": 2}}, {"a": {"x": 2, "y": 1}}, []),
    ],
)
def test_payloads_differ_place_by_place(before: Any, after: Any, found: list[Any]) -> None:
    assert list(differences(before, after)) == [Difference(*one) for one in found]
