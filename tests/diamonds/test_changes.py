"""The change feed: whoever follows it has the catalogue, whatever happens at the same time."""

from random import Random
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.diamonds import changes, copying
from shared.diamonds.changes import CursorTooOld, Place
from shared.platform import db
from shared.platform.errors import Invalid
from tests.support.offers import put_on_sale

Copy = dict[UUID, str]


@pytest.fixture
def url(app_database: str) -> str:
    return app_database


def here() -> Place:
    with db.transaction() as conn:
        return changes.here(conn)


def followed(copy: Copy, place: Place, *, limit: int = 7) -> Place:
    """The copy brought to today, a page at a time."""
    more = True
    while more:
        with db.transaction() as conn:
            page = changes.after(conn, place, limit)
        assert len(page.changes) <= limit
        for change in page.changes:
            copy.pop(change.diamond_id, None)
            if change.diamond is not None:
                copy[change.diamond_id] = change.diamond
        place, more = page.place, page.more
    return place


def catalogue() -> Copy:
    with db.transaction() as conn:
        return dict(copying.texts_after(conn, None, 10_000))


def do(statement: str, *params: Any) -> None:
    with db.transaction() as conn:
        conn.execute(statement.encode(), params)


def kinds(place: Place) -> list[str]:
    with db.transaction() as conn:
        return [change.kind for change in changes.after(conn, place, 1_000).changes]


def test_a_copy_that_follows_random_changes_is_the_catalogue(url: str) -> None:
    dice, copy, place = Random(5), Copy(), here()
    ids: list[UUID] = []
    for _ in range(60):
        with db.transaction() as conn:
            ids += [put_on_sale(conn) for _ in range(dice.randint(0, 3))]
            one = dice.choice(ids) if ids else None
            statement = dice.choice(
                (
                    "UPDATE diamond_prices SET price_model_price = price_model_price + 1",
                    "UPDATE diamond_prices SET rating = 9 WHERE diamond_id = %s",
                    "UPDATE diamonds SET own_availability = 'on_hold' WHERE id = %s",
                    "UPDATE diamonds SET status = 'deleted', deleted_at = now() WHERE id = %s",
                    "UPDATE diamonds SET status = 'active', deleted_at = NULL WHERE id = %s",
                    "DELETE FROM diamond_prices WHERE diamond_id = %s",
                )
            )
            conn.execute(statement.encode(), [one] if "%s" in statement else [])
        if dice.random() < 0.4:
            place = followed(copy, place)
    followed(copy, place)

    assert copy == catalogue()
    assert 0 < len(copy) < len(ids)


def test_a_change_that_is_committed_late_is_not_missed(url: str) -> None:
    copy, place = Copy(), here()
    with psycopg.connect(url) as slow:
        put_on_sale(slow)
        with db.transaction() as conn:
            put_on_sale(conn)
        place = followed(copy, place)
        seen_before = len(copy)
    place = followed(copy, place)

    assert seen_before == 0  # the other one waits for the older transaction
    assert copy == catalogue()
    assert len(copy) == 2


def test_changes_are_told_by_what_became_of_the_stone(url: str) -> None:
    with db.transaction() as conn:
        stone = put_on_sale(conn)
    place = here()

    do("UPDATE diamond_prices SET price_model_price = 1")
    assert kinds(place) == ["changed"]
    do("UPDATE diamonds SET status = 'deleted', deleted_at = now() WHERE id = %s", stone)
    assert kinds(place) == ["removed"]
    place = here()
    do("UPDATE diamonds SET status = 'active', deleted_at = NULL WHERE id = %s", stone)
    assert kinds(place) == ["added"]


def test_a_large_statement_is_followed_in_pages(url: str) -> None:
    with db.transaction() as conn:
        for _ in range(30):
            put_on_sale(conn)
    copy, place = catalogue(), here()
    do("UPDATE diamond_prices SET price_model_price = price_model_price * 2")

    followed(copy, place, limit=4)

    assert copy == catalogue()


def test_nothing_changed_is_an_empty_page_from_which_to_go_on(url: str) -> None:
    place = here()
    with db.transaction() as conn:
        page = changes.after(conn, place, 10)
    assert (page.changes, page.more) == ([], False)

    do("SELECT pg_current_xact_id()")
    with db.transaction() as conn:
        assert changes.after(conn, page.place, 10).place.xid > place.xid


def test_a_cursor_of_long_ago_or_of_another_database_is_told_to_begin_again(url: str) -> None:
    place = here()
    old = Place(place.xid, 0, 0, place.at.replace(year=place.at.year - 1))
    foreign = Place(place.xid + 1_000_000, 0, 0, place.at)

    with db.transaction() as conn:
        for cursor in (old, foreign):
            with pytest.raises(CursorTooOld):
                changes.after(conn, cursor, 10)


def test_a_page_left_for_long_counts_from_its_changes_not_from_its_reading(url: str) -> None:
    place = here()
    with db.transaction() as conn:
        for _ in range(3):
            put_on_sale(conn)
    do("UPDATE stone_changes SET at = at - interval '8 days'")

    with db.transaction() as conn:
        first = changes.after(conn, place, 2)
        with pytest.raises(CursorTooOld):
            changes.after(conn, first.place, 2)
        assert changes.prune(conn) == 6


def test_cursors_are_read_back_and_others_refused(url: str) -> None:
    place = here()
    assert changes.decoded(place.encoded()) == place

    for text in ("", "nonsense", "WyIxIl0", "WyItMSIsIjAiLCIwIiwiMjAyNi0wMS0wMVQwMDowMDowMFoiXQ"):
        with pytest.raises(Invalid):
            changes.decoded(text)


def test_new_stones_are_noted_in_few_rows(url: str) -> None:
    with db.transaction() as conn:
        stone = put_on_sale(conn)
        conn.execute("TRUNCATE stone_changes")
        conn.execute(
            "INSERT INTO diamonds (id, feed, supplier_stone_id, offer_id, shape, lab_grown,"
            " stone_type, feed_price, content_hash)"
            " SELECT gen_random_uuid(), feed, n, n, shape, lab_grown, stone_type, 1, ''"
            " FROM diamonds, generate_series(1, 2500) AS n WHERE id = %s",
            [stone],
        )
        noted = conn.execute("SELECT size FROM stone_changes ORDER BY id").fetchall()

    assert sorted(noted) == [(500,), (1_000,), (1_000,)]
