"""The demo supplier's listings as stones: exact, complete, or refused one by one."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from shared.demo_supplier import dataset
from shared.diamonds.model import Stone
from shared.feeds.demo import mapping
from shared.feeds.demo.feed import DemoFeed
from shared.feeds.model import Item, Unmappable
from shared.feeds.reading import UNSTORABLE
from shared.ingestion.writing import restage
from shared.platform import exact_json
from shared.platform.money import from_cents
from shared.platform.setting_groups import DemoFeed as Config

SOUND: Item = exact_json.loads(
    exact_json.dumps(
        next(dataset.listings()).model_dump() | {"asking_price_usd": Decimal("326.39")}
    )
)
NUMBERS = ["weight_ct", "asking_price_usd", "price_per_ct_usd", "depth_pct", "length_mm"]
NEEDED = [
    "id",
    "stone_id",
    "weight_ct",
    "stone_shape",
    "stone_color",
    "stone_clarity",
    "asking_price_usd",
    "is_lab_created",
    "is_treated",
    "availability_status",
]
GRADES = ["cut_grade", "polish_grade", "symmetry_grade", "fluorescence_level"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(max_size=300)
    | st.integers(0, 10**14).map(from_cents)
)


def mapped(**changed: Any) -> Stone:
    return mapping.stone(SOUND | changed, feed="demo")


def refused(**changed: Any) -> Unmappable:
    with pytest.raises(Unmappable) as refusal:
        mapped(**changed)
    return refusal.value


def test_a_listing_becomes_a_stone_field_by_field() -> None:
    stone = mapped()

    assert stone._replace(diamond_id=stone.diamond_id) == Stone(
        diamond_id=stone.diamond_id,
        feed="demo",
        supplier_stone_id="DEMO-0000001",
        offer_id=SOUND["id"],
        shape="ROUND",
        carats=Decimal("0.23"),
        color="E",
        clarity="SI2",
        cut="EX",
        polish="EX",
        symmetry="EX",
        fluorescence_intensity="FAINT",
        fluorescence_color=None,
        fancy_color=None,
        fancy_intensity=None,
        fancy_overtone=None,
        lab_grown=False,
        treated=False,
        stone_type="natural",
        feed_price=Decimal("326.39"),
        feed_price_per_carat=Decimal("1419.09"),
        feed_availability="available",
        certificate_lab="GIA",
        certificate_number="2000048271",
        certificate_url=None,
        image_url="/api/demo-feed/pictures/round.svg",
        video_url=None,
        length_mm=Decimal("3.98"),
        width_mm=Decimal("3.95"),
        depth_mm=Decimal("2.43"),
        depth_pct=Decimal("61.50"),
        table_pct=Decimal("55.00"),
        supplier_name="Tamarind Stones",
        source_updated_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def test_the_supplier_s_stones_all_map_to_what_its_books_say() -> None:
    for listing in islice(dataset.listings(), 2_000):
        stone = mapping.stone(exact_json.loads(exact_json.dumps(listing.model_dump())), feed="demo")

        assert stone.feed_price == listing.asking_price_usd
        assert stone.carats == listing.weight_ct
        assert stone.cut == listing.cut_grade
        assert (stone.stone_type == "lab") == listing.is_lab_created


@given(st.integers(1, 10**12 - 1))
def test_a_price_survives_the_wire_to_the_cent(cents: int) -> None:
    price = from_cents(cents)
    item = exact_json.loads(exact_json.dumps(SOUND | {"asking_price_usd": price}))

    assert mapping.stone(item, feed="demo").feed_price == price


@pytest.mark.parametrize("field", NEEDED)
def test_a_stone_without_what_the_catalogue_needs_is_refused_by_field(field: str) -> None:
    assert refused(**{field: None}).field == field


@pytest.mark.parametrize("field", sorted(set(SOUND) - set(NEEDED)))
def test_a_stone_may_lack_the_rest(field: str) -> None:
    assert mapped(**{field: None}).supplier_stone_id == "DEMO-0000001"


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("garbage", ["n/a", "", "１２", "1_000", True, [], {}, "NaN", "1e400"])  # noqa: RUF001
def test_what_is_not_a_number_is_not_guessed(field: str, garbage: Any) -> None:
    refusal = refused(**{field: garbage})

    assert refusal.field == field
    assert refusal.reason.endswith("not a number")


@pytest.mark.parametrize("price", [0, -1, Decimal("0.001"), Decimal("-0.01")])
def test_a_price_that_is_none_is_refused(price: Any) -> None:
    assert refused(asking_price_usd=price).field == "asking_price_usd"


def test_a_price_is_never_rounded_into_shape() -> None:
    assert refused(asking_price_usd=Decimal("326.395")).reason == "is 326.395, finer than a cent"


def test_a_price_that_came_through_a_float_is_refused() -> None:
    assert refused(asking_price_usd=326.39).reason.endswith("not a number")


def test_a_price_written_as_text_is_the_same_price() -> None:
    assert mapped(asking_price_usd="326.39").feed_price == Decimal("326.39")


@pytest.mark.parametrize("huge", [10**10, 10**400, Decimal("1E+999999999"), Decimal("1E+999999")])
def test_what_the_catalogue_cannot_hold_is_refused(huge: Any) -> None:
    assert refused(asking_price_usd=huge).reason.endswith("not below 10000000000")
    assert refused(weight_ct=huge).reason.endswith("not below 10000")


def test_a_weight_that_rounds_to_nothing_is_missing() -> None:
    assert refused(weight_ct=Decimal("0.004")).field == "weight_ct"


@pytest.mark.parametrize("field", ["length_mm", "width_mm", "depth_mm", "depth_pct", "table_pct"])
def test_a_measurement_of_zero_was_never_taken(field: str) -> None:
    assert getattr(mapped(**{field: 0}), field) is None


@pytest.mark.parametrize("spelling", ["VG", "very good", "Very-Good", "VERY_GOOD", " vg "])
def test_grades_end_as_trade_codes_however_they_are_spelled(spelling: str) -> None:
    assert mapped(cut_grade=spelling).cut == "VG"


@pytest.mark.parametrize("field", GRADES)
def test_an_unknown_grade_is_refused(field: str) -> None:
    assert refused(**{field: "SUPERB"}).field == field


@pytest.mark.parametrize("color", ["FANCY YELLOW", "C", "DE", "1"])
def test_only_colours_from_d_to_z_are_known(color: str) -> None:
    assert refused(stone_color=color).field == "stone_color"


def test_the_availability_is_one_we_know() -> None:
    assert mapped(availability_status="on_hold").feed_availability == "on_hold"
    assert refused(availability_status="reserved").field == "availability_status"


@pytest.mark.parametrize(
    "moment", ["yesterday", "2025-01-01T00:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_without_its_offset_or_sense_is_refused(moment: str) -> None:
    assert refused(updated_at=moment).field == "updated_at"


def test_a_time_is_kept_in_utc() -> None:
    stone = mapped(updated_at="2026-03-01T13:00:00.123456+13:00")

    assert stone.source_updated_at == datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("text", ["DEMO\x00", "\ud800", "x" * 201])
def test_text_that_no_database_keeps_is_refused(text: str) -> None:
    assert refused(stone_id=text).field == "stone_id"


@pytest.mark.parametrize("item", [None, [], "DEMO-0000001", 7])
def test_what_is_no_listing_at_all_is_refused(item: Any) -> None:
    with pytest.raises(Unmappable, match="not an object"):
        mapping.identity(item)


def fate(changed: dict[str, Any]) -> Stone | Unmappable:
    try:
        return mapped(**changed)
    except Unmappable as refusal:
        return refusal


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changed=st.dictionaries(st.sampled_from(sorted(SOUND)), SCALARS, max_size=4))
def test_whatever_maps_fits_the_catalogue(conn: Connection, changed: dict[str, Any]) -> None:
    result = fate(changed)
    if isinstance(result, Unmappable):
        assert not UNSTORABLE.search(result.reason)
        return
    with conn.transaction(force_rollback=True):
        restage(conn, DemoFeed(Config()), [result])
