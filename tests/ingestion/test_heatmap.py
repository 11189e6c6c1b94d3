"""The density scan finds every stone, and cuts the axis into partitions of equal weight."""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared.feeds.model import PriceAxis, PriceRange
from shared.ingestion.heatmap import Cell, Count, coarse, plan, scan

AXIS = PriceAxis("USD", Decimal(1), Decimal(250_000))

prices = st.lists(
    st.decimals(min_value=0, max_value=2_000_000, places=2, allow_nan=False), max_size=400
)


def counting(stones: Sequence[Decimal]) -> Count:
    ordered = sorted(stones)

    def place(price: Decimal | None) -> int:
        return len(ordered) if price is None else bisect_left(ordered, price)

    return lambda ranges: [place(part.high) - place(part.low) for part in ranges]


def partitioned(stones: Sequence[Decimal], wanted: int) -> list[Cell]:
    return plan(scan(counting(stones), AXIS, partitions=lambda _: wanted), wanted)


def assert_tiled(ranges: Sequence[PriceRange]) -> None:
    assert ranges[0].low == 0
    assert ranges[-1].high is None
    for left, right in pairwise(ranges):
        assert left.high == right.low
        assert left.high > left.low


@given(prices, st.integers(1, 30))
def test_partitions_tile_the_whole_axis_and_hold_every_stone(
    stones: list[Decimal], wanted: int
) -> None:
    cells = partitioned(stones, wanted)

    assert sum(cell.stones for cell in cells) == len(stones)
    assert len(cells) <= wanted
    if stones:
        assert_tiled([cell.range for cell in cells])


@given(prices, st.integers(2, 30))
def test_what_a_partition_promises_is_what_a_count_of_it_says(
    stones: list[Decimal], wanted: int
) -> None:
    cells = partitioned(stones, wanted)

    assert counting(stones)([cell.range for cell in cells]) == [cell.stones for cell in cells]


def test_a_skewed_inventory_is_cut_into_partitions_of_nearly_equal_weight() -> None:
    stones = [Decimal(300 + number**3 % 17_000) for number in range(50_000)]

    sizes = [cell.stones for cell in partitioned(stones, 12)]

    assert len(sizes) == 12
    assert max(sizes) <= 1.5 * min(sizes)


@given(
    st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 400)), min_size=1, max_size=6),
    st.integers(2, 12),
)
def test_no_partition_outweighs_another_by_half_however_the_prices_cluster(
    clusters: list[tuple[int, int]], wanted: int
) -> None:
    stones = [
        Decimal(start) + Decimal(stone * width) / 1_000
        for start, width in clusters
        for stone in range(1_000)
    ]
    fine = PriceAxis("USD", Decimal("0.001"), Decimal(250_000))

    sizes = [
        cell.stones
        for cell in plan(scan(counting(stones), fine, partitions=lambda _: wanted), wanted)
    ]

    assert len(sizes) == wanted
    assert max(sizes) <= 1.5 * min(sizes)


def test_stones_at_zero_and_far_beyond_the_ceiling_belong_to_the_outer_partitions() -> None:
    stones = [Decimal(0)] * 500 + [Decimal(1_000 + n) for n in range(500)] + [Decimal(9_999_999)]

    cells = partitioned(stones, 4)

    assert sum(cell.stones for cell in cells) == 1_001
    assert cells[0].range.low == 0
    assert cells[-1].range.high is None


def test_a_single_price_heavier_than_a_partition_is_left_whole() -> None:
    cells = partitioned([Decimal(500)] * 10_000, 10)

    assert sum(cell.stones for cell in cells) == 10_000
    assert_tiled([cell.range for cell in cells])


def test_an_empty_inventory_has_no_partitions() -> None:
    assert partitioned([], 10) == []


def test_a_small_inventory_costs_one_count() -> None:
    scanned = scan(counting([Decimal(5)] * 20), AXIS, partitions=lambda _: 1)

    assert scanned.count_calls == 1
    assert scanned.stones == 20


def test_coarse_cells_tile_any_axis() -> None:
    assert_tiled(coarse(AXIS))
    assert_tiled(coarse(PriceAxis("USD/ct", Decimal("0.01"), Decimal(3))))
