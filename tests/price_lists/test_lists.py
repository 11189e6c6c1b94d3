"""Lists over HTTP: made, changed and bound to keys; what was promised at one stays as it was."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from http_api.catalogue import list_changes
from http_api.diamonds import search_diamonds
from http_api.holds import place_hold, quote_diamond
from http_api.keys import issue_key, rotate_key
from http_api.price_lists import change_price_list, create_price_list, list_price_lists
from http_api.purchases import purchase_diamond
from http_api.stone import get_diamond
from shared.access.model import Scope
from shared.diamonds import changes
from shared.diamonds.shelf import shelf
from shared.exports import queries as exports
from shared.exports import service as copies
from shared.platform import db
from shared.price_lists import asking
from shared.price_lists.model import Terms
from tests.conftest import AppSettings
from tests.support.callers import a_key, shown
from tests.support.http import Answered, call
from tests.support.offers import put_on_sale
from tests.support.price_lists import key_of, make_list
from tests.support.shop import Shop

NEW = {"name": "eu-partners", "adjustment": -7.5, "roundTo": "dollar"}


@pytest.fixture
def staff(app_database: str) -> dict[str, str]:
    assert app_database
    return shown(a_key())


def made(staff: dict[str, str], **terms: Any) -> Answered:
    return call(create_price_list, "POST", headers=staff, body=NEW | terms)


def changed(staff: dict[str, str], name: str = "eu-partners", **terms: Any) -> Answered:
    return call(change_price_list, "PUT", headers=staff, route={"name": name}, body=terms)


def bound(staff: dict[str, str], name: str, *scopes: str) -> Answered:
    body = {"clientName": "a partner", "scopes": scopes or ["diamonds:read"], "priceList": name}
    return call(issue_key, "POST", headers=staff, body=body)


def price(key: dict[str, str], stone: UUID) -> float:
    found = call(get_diamond, headers=key, route={"diamond_id": str(stone)})
    return float(found.body["data"]["price"])


def test_a_list_is_made_listed_and_changed(staff: dict[str, str]) -> None:
    first = made(staff)
    bound(staff, "eu-partners")
    listed = call(list_price_lists, headers=staff).body["data"]
    second = changed(staff, adjustment=2, validUntil="2099-01-01T00:00:00Z")

    assert first.status == 201
    assert [(one["name"], one["keys"]) for one in listed] == [("eu-partners", 1)]
    assert (listed[0]["adjustment"], listed[0]["roundTo"]) == (-7.5, "dollar")
    assert listed[0]["changedBy"] == "ann"
    after = second.body["data"]
    assert (after["adjustment"], after["roundTo"], after["keys"]) == (2, "cent", 1)
    assert after["validFrom"] == listed[0]["validFrom"]
    with db.transaction() as conn:
        noted = conn.execute("SELECT operation FROM audit_log ORDER BY id").fetchall()
    assert noted == [("create_price_list",), ("issue_key",), ("change_price_list",)]


@pytest.mark.parametrize(
    "terms",
    [
        {"adjustment": -50.01},
        {"adjustment": 100.01},
        {"adjustment": 1.005},
        {"roundTo": "euro"},
        {"name": ""},
        {"name": "a/b"},
        {"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-02-01T00:00:00Z"},
        {"validUntil": "2026-02-01T00:00:00Z"},
    ],
)
def test_terms_that_make_no_sense_are_refused(staff: dict[str, str], terms: Any) -> None:
    assert made(staff, **terms).status == 400


def test_names_are_given_once_and_only_known_ones_are_changed(staff: dict[str, str]) -> None:
    made(staff)

    again, unknown = made(staff), changed(staff, "nobody", adjustment=1)
    backwards = changed(staff, adjustment=1, validUntil="2026-02-01T00:00:00Z")

    assert (again.status, again.error["code"]) == (409, "PRICE_LIST_EXISTS")
    assert (unknown.status, unknown.error["code"]) == (404, "PRICE_LIST_NOT_FOUND")
    assert (backwards.status, list(backwards.error["fields"])) == (400, ["validUntil"])


def test_a_key_is_bound_to_a_list_there_is_and_for_customers_only(staff: dict[str, str]) -> None:
    made(staff)

    unknown, of_staff = bound(staff, "nobody"), bound(staff, "eu-partners", "costs:read")
    given = bound(staff, "eu-partners")
    rotated = call(
        rotate_key, "POST", headers=staff, route={"key_id": given.body["data"]["id"]}, body={}
    )

    assert (unknown.status, list(unknown.error["fields"])) == (400, ["priceList"])
    assert (of_staff.status, list(of_staff.error["fields"])) == (400, ["priceList"])
    assert given.body["data"]["priceList"] == rotated.body["data"]["priceList"] == "eu-partners"


def test_a_list_shows_its_prices_while_it_is_in_force(staff: dict[str, str]) -> None:
    make_list()
    key = key_of("partners")
    with db.transaction() as conn:
        stone = put_on_sale(conn, price="5000.00")

    listed = price(key, stone)
    changed(staff, "partners", adjustment=10, roundTo="dollar")
    dearer = price(key, stone)
    changed(staff, "partners", adjustment=10, validFrom="2099-01-01T00:00:00Z")
    not_yet = price(key, stone)
    changed(
        staff,
        "partners",
        adjustment=10,
        validFrom="2026-01-01T00:00:00Z",
        validUntil="2026-02-01T00:00:00Z",
    )

    assert (listed, dearer, not_yet, price(key, stone)) == (4625.0, 5500.0, 5000.0, 5000.0)


def test_who_follows_the_changes_copies_again_when_their_list_has_changed(
    staff: dict[str, str],
) -> None:
    make_list()
    key, retail = key_of("partners"), key_of(None, "another")
    cursors = [call(list_changes, headers=who).body["nextCursor"] for who in (key, retail)]
    before = call(list_changes, headers=key, params={"cursor": cursors[0]})
    changed(staff, "partners", adjustment=-5)

    after = call(list_changes, headers=key, params={"cursor": cursors[0]})
    other = call(list_changes, headers=retail, params={"cursor": cursors[1]})

    assert (before.status, other.status) == (200, 200)
    assert (after.status, after.error["code"]) == (410, "CURSOR_TOO_OLD")


def test_who_was_answered_while_their_list_changed_copies_again(staff: dict[str, str]) -> None:
    make_list()
    with asking.shown_to("partners"):
        changed(staff, "partners", adjustment=-5)
        with db.transaction() as conn:
            place = changes.here(conn)

    with (
        asking.shown_to("partners"),
        db.transaction() as conn,
        pytest.raises(changes.CursorTooOld),
    ):
        changes.after(conn, changes.decoded(place.encoded()), 10)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_outside_the_calendar_is_refused(staff: dict[str, str], moment: str) -> None:
    told = made(staff, **{"validUntil" if moment > "5" else "validFrom": moment})

    assert told.status == 400, told.body
    assert call(list_price_lists, headers=staff).status == 200


def test_a_copy_has_the_terms_it_was_asked_for_at(app_database: str) -> None:
    assert app_database
    make_list()
    with db.transaction() as conn:
        put_on_sale(conn, price="5000.00")
        key = a_key(Scope.DIAMONDS_EXPORT).key
    with asking.shown_at(Terms(-750, 2)), db.transaction() as conn:
        export = copies.ask(conn, key, "ndjson")
    with db.transaction() as conn:
        kept = exports.find_export(conn, id=export.id, client_id=key.client_id)

    assert kept is not None
    assert kept.terms == Terms(-750, 2)


def test_memory_and_sql_answer_a_list_alike_and_name_no_retail_price(
    app_database: str, app_settings: AppSettings
) -> None:
    assert app_database
    make_list()
    key = key_of("partners")
    with db.transaction() as conn:
        for number in range(12):
            put_on_sale(conn, price=Decimal(5_000 + number))
    params = {"limit": "5", "sort_by": "price", "price_max": "4635", "count": "exact"}
    by_sql = call(search_diamonds, headers=key, params=params).body
    app_settings(SEARCH_IN_MEMORY="true")
    shelf.load().join()

    by_memory = call(search_diamonds, headers=key, params=params | {"fields": "id,price"}).body

    assert by_memory["pagination"] == by_sql["pagination"]
    assert [stone["price"] for stone in by_memory["data"]] == [
        stone["price"] for stone in by_sql["data"]
    ]
    assert by_sql["pagination"]["total"] == 11


def test_a_hold_a_quote_and_a_purchase_are_at_the_price_of_the_list(
    shop: Shop, app_settings: AppSettings
) -> None:
    app_settings(SELLING_QUOTE_SECRET="a secret of many characters")
    terms = make_list()
    shop.key = key_of("partners")
    retail = {
        number: shop.rows(
            "SELECT price_model_price AS price FROM diamond_prices WHERE diamond_id = %s",
            shop.stone(number),
        )[0]["price"]
        for number in range(3)
    }

    quoted = shop.ask(quote_diamond, body={}, diamond_id=shop.stone(0)).body["data"]
    with db.transaction() as conn:
        conn.execute("UPDATE price_lists SET points = 5000")
    held = shop.ask(place_hold, body={"quote": quoted["quote"]}, diamond_id=shop.stone(0))
    dearer = shop.ask(place_hold, body={}, diamond_id=shop.stone(1))
    with db.transaction() as conn:
        conn.execute("UPDATE price_lists SET points = 100")
    body = {"idempotencyKey": "k"}
    bought = shop.ask(purchase_diamond, body=body, diamond_id=shop.stone(1))

    assert Decimal(str(quoted["priceUsd"])) == terms.price(retail[0])
    assert held.body["data"]["price"] == quoted["priceUsd"]
    assert Decimal(str(dearer.body["data"]["price"])) == Terms(5000, 2).price(retail[1])
    assert bought.body["data"]["price"] == dearer.body["data"]["price"]


def test_a_price_that_moved_is_told_as_this_client_pays_it(shop: Shop) -> None:
    terms = make_list(points=1000)
    shop.key = key_of("partners")
    (before,) = shop.rows(
        "SELECT price_model_price AS price FROM diamond_prices WHERE diamond_id = %s", shop.stone()
    )
    shop.reprice(Decimal("1.03"))

    refused = shop.ask(place_hold, body={}, diamond_id=shop.stone())

    fields = refused.error["fields"]
    assert refused.error["code"] == "PRICE_MOVED"
    assert Decimal(str(fields["oldPrice"])) == terms.price(before["price"])
    ratio = Decimal(str(fields["newPrice"])) / Decimal(str(fields["oldPrice"]))
    assert Decimal("1.029") < ratio < Decimal("1.031")


def test_nothing_is_sold_below_the_lowest_margin_by_a_list(shop: Shop) -> None:
    make_list(points=-4000)
    shop.key = key_of("partners")

    refused = shop.ask(place_hold, body={}, diamond_id=shop.stone())

    assert (refused.status, refused.error["code"]) == (409, "BELOW_LOWEST_MARGIN")
    assert not shop.supplier.holds
