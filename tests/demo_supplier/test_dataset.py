"""The data set as an inventory: all of it, always the same, and believable."""

import gzip
from collections import Counter
from decimal import Decimal
from hashlib import sha256

import pytest

from shared.demo_supplier import dataset
from shared.demo_supplier.dataset import LENGTH_TO_WIDTH, ROUND, STONE_ID
from shared.demo_supplier.draw import Aspect, Draw
from shared.demo_supplier.model import Listing
from shared.diamonds import grading

ORIGINAL = "9574730b03aba241d899c4a97511c5061b19358fab89510774fb6c24168345c4"
DERIVED = "045b678ad39eca3fbcc5632258a44236c3328c205f3d0bf6c1cbb4c4cfd0af3a"


@pytest.fixture(scope="module")
def inventory() -> list[Listing]:
    return list(dataset.listings())


def test_the_data_set_is_shipped_unchanged() -> None:
    with gzip.open(dataset.FILE) as file:
        assert sha256(file.read()).hexdigest() == ORIGINAL


def test_every_row_is_a_stone_of_its_own(inventory: list[Listing]) -> None:
    assert len(inventory) == dataset.STONES == 53_940
    for column in ("id", "stone_id", "cert_number"):
        assert len({getattr(listing, column) for listing in inventory}) == 53_940


def test_ids_are_in_order_and_tell_the_row(inventory: list[Listing]) -> None:
    ids = [listing.stone_id for listing in inventory]

    assert ids == sorted(ids)
    assert all(STONE_ID.fullmatch(stone_id) for stone_id in ids)
    assert dataset.number_of(ids[-1]) == 53_940


def test_the_same_row_is_the_same_stone_on_every_machine(inventory: list[Listing]) -> None:
    content = "\n".join(listing.model_dump_json() for listing in inventory)

    assert sha256(content.encode()).hexdigest() == DERIVED


def test_what_the_set_says_is_taken_over(inventory: list[Listing]) -> None:
    for line, listing in zip(dataset.lines(), inventory, strict=True):
        assert listing.weight_ct == Decimal(line.carat)
        assert (listing.stone_color, listing.stone_clarity) == (line.color, line.clarity)
        if not listing.is_lab_created:
            assert 0 <= listing.asking_price_usd - int(line.price) < 1


def test_lab_grown_stones_are_about_a_third_and_far_cheaper(inventory: list[Listing]) -> None:
    grown = [listing for listing in inventory if listing.is_lab_created]
    natural = [listing for listing in inventory if not listing.is_lab_created]

    assert 0.28 < len(grown) / len(inventory) < 0.32
    assert per_carat(grown) * 5 < per_carat(natural)


def per_carat(listings: list[Listing]) -> Decimal:
    return sum(listing.price_per_ct_usd for listing in listings) / Decimal(len(listings))


def test_prices_are_positive_and_end_in_all_kinds_of_cents(inventory: list[Listing]) -> None:
    prices = [listing.asking_price_usd for listing in inventory]

    assert min(prices) > 0
    assert all(price.as_tuple().exponent == -2 for price in prices)
    assert len({price % 1 for price in prices}) == 100


def test_most_stones_are_round_and_every_shape_is_there(inventory: list[Listing]) -> None:
    shapes = Counter(listing.stone_shape for listing in inventory)

    assert set(shapes) == {ROUND, *LENGTH_TO_WIDTH}
    assert 0.58 < shapes[ROUND] / len(inventory) < 0.62
    assert min(shapes.values()) > 300


def test_measurements_suit_the_shape(inventory: list[Listing]) -> None:
    for listing in inventory:
        if listing.length_mm is None or listing.width_mm is None or listing.depth_mm is None:
            continue
        ratio = float(listing.length_mm / listing.width_mm)
        shortest, longest = LENGTH_TO_WIDTH.get(listing.stone_shape, (1, 1.1))
        assert shortest - 0.01 < ratio < longest + 0.015, listing
        assert 1.5 < listing.depth_mm < 10


def test_only_measurements_nobody_could_have_taken_are_left_out(inventory: list[Listing]) -> None:
    unmeasured = [listing for listing in inventory if listing.length_mm is None]

    assert len(unmeasured) == 40
    assert all(listing.depth_mm is None for listing in unmeasured)


def test_grades_are_trade_codes(inventory: list[Listing]) -> None:
    for listing in inventory:
        assert listing.polish_grade in grading.CUTS
        assert listing.symmetry_grade in grading.CUTS
        assert listing.fluorescence_level in grading.FLUORESCENCES
        assert listing.stone_color in grading.COLORS
        assert listing.stone_clarity in grading.CLARITIES


def test_no_laboratory_grades_the_cut_of_a_fancy_shape(inventory: list[Listing]) -> None:
    for listing in inventory:
        assert (listing.cut_grade in {"EX", "VG", "G", "F"}) == (listing.stone_shape == ROUND)


def test_only_what_may_be_missing_is_missing(inventory: list[Listing]) -> None:
    optional = {"cut_grade", "length_mm", "width_mm", "depth_mm"}
    for listing in inventory:
        assert optional >= {name for name, value in listing if value is None}


def test_a_few_stones_are_treated_and_reports_fit_the_origin(inventory: list[Listing]) -> None:
    treated = sum(listing.is_treated for listing in inventory)

    assert 0.01 < treated / len(inventory) < 0.03
    for listing in inventory:
        assert listing.cert_number.startswith("LG") <= listing.is_lab_created


def test_a_draw_is_even_and_its_aspects_do_not_follow_each_other() -> None:
    draws = [Draw(number) for number in range(4_000)]
    low = [draw.share(Aspect.SHAPE) < 0.25 for draw in draws]
    both = [
        draw.share(Aspect.ORIGIN) < 0.25 for draw, first in zip(draws, low, strict=True) if first
    ]

    assert 0.23 < sum(low) / len(draws) < 0.27
    assert 0.21 < sum(both) / sum(low) < 0.29


def test_percentages_that_leave_room_for_nothing_are_an_error() -> None:
    with pytest.raises(ValueError, match="add up to 100"):
        [Draw(number).one_of(Aspect.SHAPE, {"ROUND": 90}) for number in range(1_000)]
