"""Staff see what a supplier said of a stone, and what of it changed."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from http_api import payloads as api
from shared.access.model import Scope
from shared.diamonds.model import diamond_id
from shared.ingestion import staging, writing
from shared.platform import db
from tests.support.callers import a_key, shown
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call

STONE = str(diamond_id("shelf", "S-000001"))


def told(**changed: Any) -> None:
    feed = ShelfFeed()
    listings, broken = staging.identified(feed, [listing(1, **changed)])
    with db.transaction() as conn:
        known = writing.known(conn, feed, listings)
        page = staging.sort_page(feed, listings, broken, first_seen=(), known=known)
        writing.keep(conn, feed, uuid4(), page)


def ask(headers: dict[str, str], function: Any = api.compare_payloads, **params: str) -> Answered:
    return call(function, headers=headers, route={"diamond_id": STONE}, params=params)


@pytest.fixture
def staff(app_database: str) -> dict[str, str]:
    """One stone that was told three times."""
    assert app_database
    told(price=Decimal("100.10"))
    told(price=Decimal("100.20"), comment="new pictures")
    told(price=Decimal("100.20"), shape="OVAL")
    return shown(a_key(Scope.RUNS_READ, Scope.COSTS_READ))


def test_a_stone_shows_what_was_said_of_it_word_for_word(staff: dict[str, str]) -> None:
    current, before, first = ask(staff, api.list_payloads).body["data"]

    assert current["version"] is None
    assert before["version"] > first["version"]
    assert '"price":100.10' in first["payload"]
    assert len({one["runId"] for one in (current, before, first)}) == 3


def test_two_payloads_are_told_apart(staff: dict[str, str]) -> None:
    last = ask(staff).body["data"]

    assert last["later"]["version"] is None
    assert last["differences"] == [
        {"path": "$.comment", "kind": "removed", "before": "new pictures", "after": None},
        {"path": "$.shape", "kind": "changed", "before": "ROUND", "after": "OVAL"},
    ]
    versions = [one["version"] for one in ask(staff, api.list_payloads).body["data"]]
    earlier = ask(staff, **{"from": str(versions[2]), "to": str(versions[1])}).body["data"]
    assert [one["path"] for one in earlier["differences"]] == ["$.comment", "$.price"]
    assert (earlier["earlier"]["version"], earlier["later"]["version"]) == (
        versions[2],
        versions[1],
    )


def test_what_is_no_longer_kept_is_not_found(staff: dict[str, str]) -> None:
    answered = ask(staff, **{"from": "999999"})

    assert (answered.status, answered.error["code"]) == (404, "PAYLOAD_NOT_FOUND")
    assert ask(staff, **{"from": "first"}).status == 400


def test_who_may_not_see_costs_sees_no_payload(staff: dict[str, str]) -> None:
    assert staff
    reader = shown(a_key(Scope.RUNS_READ))

    assert ask(reader).status == ask(reader, api.list_payloads).status == 403


def test_a_value_that_did_not_become_what_was_sent_has_path_old_value_and_action(
    staff: dict[str, str],
) -> None:
    told(carats="heavy")
    doubted = (
        ShelfFeed()
        .stone(listing(1))
        ._replace(
            doubts=[
                "certificate.cut: 'SUPERB'; taken as SUPERB",
                "certificate.table: '5x'; left out",
            ]
        )
    )
    with db.transaction() as conn:
        writing.restage(conn, ShelfFeed(), [doubted])

    assert ask(staff, api.list_alterations).body["data"] == [
        {
            "path": "certificate.cut",
            "was": "'SUPERB'",
            "action": "taken as SUPERB",
            "reason": None,
        },
        {"path": "certificate.table", "was": "'5x'", "action": "left out", "reason": None},
        {
            "path": "carats",
            "was": "'heavy'",
            "action": "quarantined",
            "reason": "'heavy' is not a number",
        },
    ]
    assert ask(shown(a_key(Scope.RUNS_READ)), api.list_alterations).status == 403
