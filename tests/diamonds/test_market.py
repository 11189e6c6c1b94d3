"""The market index: one moment a day, medians that are exact, changes since then."""

from decimal import Decimal

from psycopg import Connection

from shared.diamonds import market
from tests.support.offers import put_on_sale


def a_day_later(conn: Connection) -> None:
    conn.execute("UPDATE market_index SET taken_on = taken_on - 1")


def test_the_index_of_a_day_is_taken_once_and_all_at_one_moment(conn: Connection) -> None:
    for dollars in ("4000", "5000", "6000"):
        put_on_sale(conn, price=dollars, carats=Decimal("1.25"))
    put_on_sale(conn, shape="OVAL", carats=Decimal("0.99"), lab_grown=True, stone_type="lab")
    put_on_sale(conn, feed_availability="sold")

    assert market.take_index(conn) == 2
    assert market.take_index(conn) == 0

    kinds = market.latest(conn, shape=None, stone_type=None)
    told = [
        (k["shape"], k["stone_type"], k["carats_from"], k["stones"], k["median"]) for k in kinds
    ]
    assert told == [
        ("OVAL", "lab", Decimal("0.90"), 1, Decimal("5050.51")),
        ("ROUND", "natural", Decimal("1.00"), 3, Decimal("4000.00")),
    ]
    assert len({kind["taken_at"] for kind in kinds}) == 1


def test_changes_are_since_the_day_before(conn: Connection) -> None:
    put_on_sale(conn, price="4000")
    market.take_index(conn)
    a_day_later(conn)
    conn.execute("UPDATE diamond_prices SET price_model_price = 4400")
    market.take_index(conn)

    (kind,) = market.latest(conn, shape="ROUND", stone_type="natural")
    days = market.history(
        conn, shape="ROUND", stone_type="natural", carats=Decimal("1.49"), days=90
    )

    assert (kind["change_pct"], kind["change_of_30_days_pct"]) == (Decimal("10.00"), None)
    assert [day["median"] for day in days] == [Decimal(4400), Decimal(4000)]


def test_nothing_is_taken_while_a_run_changes_the_catalogue(conn: Connection) -> None:
    put_on_sale(conn)
    conn.execute(
        "INSERT INTO run_metadata"
        " (run_id, feed, provider, run_type, requested_by, captured_at, active_before)"
        " VALUES (gen_random_uuid(), 'shelf', 'shelf', 'full', 'a test', now(), 0)"
    )

    assert market.take_index(conn) == 0
