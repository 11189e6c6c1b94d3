"""Nivoda's untidy listings as stones: exact where it counts, forgiving and honest elsewhere."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from local.partners.nivoda.supplier import EVERYTHING, Supplier
from shared.diamonds.model import Stone
from shared.feeds.model import Item, Unmappable
from shared.feeds.nivoda import mapping
from shared.feeds.reading import UNSTORABLE
from shared.ingestion.writing import restage
from shared.platform import exact_json
from tests.feeds.nivoda.samples import POOR, SOUND, altered, certified, grown, mapped
from tests.support.feeds import ShelfFeed

PLACES = (
    *("id", "price", "diamond_price", "diamond"),
    *(f"diamond.{name}" for name in SOUND["diamond"]),
    *(f"diamond.certificate.{name}" for name in SOUND["diamond"]["certificate"]),
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.text(max_size=300)
    | st.lists(st.dictionaries(st.sampled_from(["url", "display_index"]), st.text()), max_size=2)
    | st.sampled_from(["", "null", "0", "N/A", {}, [], "FANCY", "javascript:alert(1)", "\x00"])
)


def refused(field: str, **changed: Any) -> Unmappable:
    with pytest.raises(Unmappable) as refusal:
        mapped(**changed)
    assert refusal.value.field == field
    return refusal.value


def test_a_listing_becomes_a_stone_field_by_field() -> None:
    stone = mapped()

    assert stone == Stone(
        diamond_id=stone.diamond_id,
        feed="nivoda-natural",
        supplier_stone_id="0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e01",
        offer_id="DIAMOND/0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e01",
        shape="ROUND",
        carats=Decimal("1.51"),
        color="E",
        clarity="VS1",
        cut="ID",
        polish="EX",
        symmetry="G",
        fluorescence_intensity="FAINT",
        fluorescence_color="BLUE",
        fancy_color=None,
        fancy_intensity=None,
        fancy_overtone=None,
        lab_grown=False,
        treated=False,
        stone_type="natural",
        feed_price=Decimal("2145.00"),
        feed_price_per_carat=Decimal("1420.53"),
        feed_availability="available",
        certificate_lab="IGI",
        certificate_number="LG612345678",
        certificate_url="https://example.test/cert/LG612345678.pdf",
        image_url="https://example.test/img/1/500/500",
        video_url="https://example.test/diamond/1/video/500/500",
        length_mm=Decimal("7.42"),
        width_mm=Decimal("7.45"),
        depth_mm=Decimal("4.56"),
        depth_pct=Decimal("61.30"),
        table_pct=Decimal("57.00"),
        supplier_name="Example Gems",
        source_updated_at=None,
        crown_angle=Decimal("34.50"),
        crown_height=Decimal("15.20"),
        pavilion_angle=Decimal("40.80"),
        pavilion_depth=Decimal("43.10"),
        girdle="MED - STK",
        culet="NON",
        eye_clean=None,
        milky="NONE",
        brown_tinge="NONE",
        green_tinge=None,
        blue_tinge=None,
        gray_tinge="SLIGHT",
        bowtie=None,
        growth_type=None,
        origin="BOTSWANA",
        location="US",
        delivery_days_min=5,
        delivery_days_max=8,
        return_days=7,
        key_to_symbols="Crystal, Feather",
        comments="Clouds are not shown.",
        image_urls=[
            "https://example.test/img/1/500/500",
            "https://example.test/p/a.jpg",
            "https://example.test/p/b.jpg",
        ],
        supplier_legal_name="Example Gems Private Limited",
        diamond_price=Decimal("2100.00"),
        raw_availability="AVAILABLE",
        feed_hold_id=None,
        doubts=None,
    )


def test_a_poor_listing_is_a_stone_of_which_little_is_known() -> None:
    stone = mapping.stone(POOR, feed="nivoda-labgrown", lab_grown=True)

    assert (stone.feed_price, stone.carats, stone.color) == (
        Decimal("1980.00"),
        Decimal("1.50"),
        "F",
    )
    assert (stone.length_mm, stone.depth_pct, stone.girdle) == (None, None, None)
    assert (stone.certificate_lab, stone.certificate_number) == (None, None)
    assert (stone.image_url, stone.image_urls, stone.doubts) == (None, None, None)


def test_every_stone_of_the_stand_in_maps_without_a_doubt_but_those_it_deserves() -> None:
    supplier = Supplier(natural=2_000, labgrown=2_000)
    for kind in ("natural", "labgrown"):
        for item in supplier.page(kind, EVERYTHING, 0, 2_000):
            stone = mapping.stone(
                exact_json.loads(exact_json.dumps(item)), feed="x", lab_grown=kind == "labgrown"
            )
            assert stone.feed_price == Decimal(item["price"]) / 100
            assert (stone.color is None) == (stone.fancy_color is not None)
            assert stone.fancy_color == "Unknown" or stone.doubts is None


def test_laboratory_grown_is_what_was_asked_for_not_what_the_listing_claims() -> None:
    assert not certified(labgrown=True, labgrown_type="CVD").lab_grown
    assert certified(labgrown=True, labgrown_type="CVD").growth_type is None
    assert grown(labgrown=False, labgrown_type="CVD").lab_grown
    assert grown(labgrown_type="CVD").growth_type == "CVD"
    assert grown(f_color="YELLOW").stone_type == "lab"


@given(st.integers(1, 10**12 - 1))
def test_cents_become_dollars_exactly(cents: int) -> None:
    assert mapped(price=cents).feed_price == Decimal(cents) / 100


@pytest.mark.parametrize("price", [0, -1, None, "214500", Decimal("2145.00"), 2145.0, True, 10**12])
def test_a_price_that_is_not_whole_cents_above_zero_is_refused(price: Any) -> None:
    refused("price", price=price)


def test_the_stone_and_the_offer_are_two_ids() -> None:
    stone = mapped(id="DIAMOND/another")

    assert stone.offer_id == "DIAMOND/another"
    assert stone.diamond_id == mapped().diamond_id


@pytest.mark.parametrize(
    ("field", "at"),
    [
        ("id", "id"),
        ("price", "price"),
        ("diamond", "diamond"),
        ("id", "diamond__id"),
        ("availability", "diamond__availability"),
        ("certificate", "diamond__certificate"),
        ("shape", "diamond__certificate__shape"),
        ("carats", "diamond__certificate__carats"),
    ],
)
def test_a_stone_without_what_it_cannot_be_sold_without_is_refused(field: str, at: str) -> None:
    refused(field, **{at: None})


@pytest.mark.parametrize("missing", sorted(SOUND["diamond"]["certificate"]))
def test_nothing_else_on_the_certificate_is_needed(missing: str) -> None:
    if missing not in ("shape", "carats"):
        assert certified(**{missing: None}).feed_price == Decimal("2145.00")


@pytest.mark.parametrize("unsaid", ["", "0", "0.000000", "null", "NULL", " ", "N/A", "-", None, 0])
@pytest.mark.parametrize("field", ["length", "table", "crownAngle", "pavDepth"])
def test_what_was_never_measured_is_unknown_and_no_doubt(field: str, unsaid: Any) -> None:
    stone = certified(**{field: unsaid})

    assert None in (stone.length_mm, stone.table_pct, stone.crown_angle, stone.pavilion_depth)
    assert stone.doubts is None


@pytest.mark.parametrize("odd", ["34.5°", "7,42", "1e3", "-4", "123456", True, {"from": 1}, [7]])
def test_a_measurement_nobody_can_read_is_left_out_and_doubted(odd: Any) -> None:
    stone = certified(crownAngle=odd)

    assert stone.crown_angle is None
    assert stone.doubts is not None
    assert stone.doubts[0].startswith("diamond.certificate.crownAngle: ")
    assert stone.doubts[0].endswith("; left out")


def test_a_measurement_may_come_as_a_number() -> None:
    assert certified(table=57).table_pct == Decimal("57.00")


@pytest.mark.parametrize("empty", ["", None, "null"])
def test_an_empty_picture_gives_way_to_the_certificate_s(empty: str | None) -> None:
    stone = mapped(diamond__image=empty, diamond__certificate__image="https://x.test/c.jpg")

    assert stone.image_url == "https://x.test/c.jpg"


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_video_gives_way_to_the_turning_picture(empty: str | None) -> None:
    assert mapped(diamond__video=empty).video_url == "https://example.test/v360/1"
    other = mapped(
        diamond__video=empty, diamond__v360=None, diamond__supplier_video_link="https://v.test"
    )
    assert other.video_url == "https://v.test"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//example.test/x", "see website"])
def test_only_links_are_links(link: str) -> None:
    stone = certified(pdfUrl=link)

    assert stone.certificate_url is None
    assert stone.doubts == [f"diamond.certificate.pdfUrl: '{link}'; left out"]


@pytest.mark.parametrize("lab", ["NONE", "none", "", None, "STOCKID"])
def test_without_a_laboratory_the_number_is_no_certificate_s(lab: str | None) -> None:
    assert certified(lab=lab, certNumber="stock2892B").certificate_number is None


def test_fields_the_supplier_failed_to_give_are_doubted() -> None:
    stone = mapping.stone(
        altered(SOUND, {"diamond.certificate.clarity": None})
        | {"failedFields": ["diamond.certificate.clarity"]},
        feed="x",
        lab_grown=False,
    )

    assert stone.doubts == ["diamond.certificate.clarity: null, the supplier failed; left out"]


def fate(changed: dict[str, Any]) -> Stone | Unmappable:
    try:
        return mapping.stone(altered(SOUND, changed), feed="nivoda-natural", lab_grown=False)
    except Unmappable as refusal:
        return refusal


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changed=st.dictionaries(st.sampled_from(PLACES), SCALARS, max_size=4))
def test_whatever_maps_fits_the_catalogue(conn: Connection, changed: dict[str, Any]) -> None:
    result = fate(changed)
    if isinstance(result, Unmappable):
        assert not UNSTORABLE.search(result.reason)
        return
    with conn.transaction(force_rollback=True):
        restage(conn, ShelfFeed(), [result])


@pytest.mark.parametrize("item", [None, [], "DIAMOND/1", 7])
def test_what_is_no_listing_at_all_is_refused(item: Any) -> None:
    with pytest.raises(Unmappable, match="not an object"):
        mapping.identity(item)


def test_an_offer_with_a_hold_on_it_is_not_available() -> None:
    held: Item = altered(SOUND, {"diamond.HoldId": "h-1"})

    assert mapping.offer(SOUND).availability == "available"
    assert (mapping.offer(held).availability, mapping.offer(held).hold_id) == ("on_hold", "h-1")
