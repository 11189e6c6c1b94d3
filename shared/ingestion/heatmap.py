"""The density scan: where on the price axis the stones are, and ranges of equal weight.

The supplier only counts ranges. Starting from coarse cells that grow with the price, a cell in
which one partition should end and the next begin is cut and counted again until it weighs no more
than a sixth of a partition; partitions then end at the cell boundaries nearest to equal shares.
Cells, and so partitions, share their boundaries and are open-ended at the top: nothing lies between
them, and no partition outweighs another by half.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from shared.feeds.model import PriceAxis, PriceRange

Count = Callable[[Sequence[PriceRange]], list[int]]

EVERYTHING = PriceRange(Decimal(0), None)
CELLS_PER_PARTITION = 6
COARSE_CELLS = 12
MOST_PIECES = 8
ROUNDS = 24


@dataclass(frozen=True)
class Cell:
    """A counted stretch of the axis."""

    range: PriceRange
    stones: int


@dataclass(frozen=True)
class Heatmap:
    cells: list[Cell]
    count_calls: int

    @property
    def stones(self) -> int:
        return sum(cell.stones for cell in self.cells)


def scan(
    count: Count,
    axis: PriceAxis,
    *,
    partitions: Callable[[int], int],
    within: PriceRange = EVERYTHING,
) -> Heatmap:
    """Count the axis, finer where it is denser; `partitions` says how many a total makes."""
    (total,) = count([within])
    calls = 1
    wanted = partitions(total)
    if wanted <= 1 or not total:
        return Heatmap([Cell(within, total)], calls)
    cells, counted = _counted(count, _clipped(coarse(axis), within))
    calls += counted
    for _ in range(ROUNDS):
        pieces = list(_cuts(cells, total / wanted, axis))
        if all(len(piece) == 1 for piece in pieces):
            break
        cells, counted = _refined(count, cells, pieces)
        calls += counted
    return Heatmap(cells, calls)


def coarse(axis: PriceAxis) -> list[PriceRange]:
    """Cells whose width doubles with the price, the last one open-ended."""
    edges = [Decimal(0)]
    width = axis.ceiling / 2**COARSE_CELLS
    while edges[-1] + width < axis.ceiling:
        edges.append(_on_grid(edges[-1] + width, axis))
        width *= 2
    edges = sorted(set(edges))
    return [PriceRange(low, high) for low, high in zip(edges, [*edges[1:], None], strict=True)]


def _clipped(ranges: list[PriceRange], within: PriceRange) -> list[PriceRange]:
    """The parts of neighbouring ranges that lie within another."""
    top = within.high
    return [
        PriceRange(max(part.low, within.low), part.high if _below(part.high, top) else top)
        for part in ranges
        if (top is None or part.low < top) and _below(within.low, part.high)
    ]


def _below(price: Decimal | None, top: Decimal | None) -> bool:
    return price is not None and (top is None or price < top)


def _cuts(cells: list[Cell], share: float, axis: PriceAxis) -> Iterator[list[PriceRange]]:
    """Every cell's range, in pieces where a partition of this share ends inside a heavy one."""
    seen = 0
    for cell in cells:
        ends_inside = floor(seen / share) < ceil((seen + cell.stones) / share) - 1
        yield _cut(cell, share / CELLS_PER_PARTITION, axis) if ends_inside else [cell.range]
        seen += cell.stones


def _cut(cell: Cell, heaviest: float, axis: PriceAxis) -> list[PriceRange]:
    """The cell's range in as many equal pieces as its weight asks for and the grid allows."""
    if cell.stones <= heaviest:
        return [cell.range]
    low = cell.range.low
    high = cell.range.high if cell.range.high is not None else max(axis.ceiling, low * 2)
    steps = int((high - low) / axis.granularity)
    pieces = min(MOST_PIECES, ceil(cell.stones / heaviest), steps)
    if pieces <= 1:
        return [cell.range]
    edges = [_on_grid(low + (high - low) * piece / pieces, axis) for piece in range(pieces)]
    tops = [*edges[1:], cell.range.high]
    return [PriceRange(edge, top) for edge, top in zip(edges, tops, strict=True)]


def _refined(
    count: Count, cells: list[Cell], pieces: list[list[PriceRange]]
) -> tuple[list[Cell], int]:
    """Count the pieces of every cell that was cut; keep the others."""
    asked = [part for parts in pieces if len(parts) > 1 for part in parts]
    fresh, calls = _counted(count, asked)
    counted = {cell.range: cell for cell in fresh}
    finer = [
        counted.get(part, cell) for cell, parts in zip(cells, pieces, strict=True) for part in parts
    ]
    return finer, calls


def _counted(count: Count, ranges: Sequence[PriceRange]) -> tuple[list[Cell], int]:
    stones = count(ranges)
    cells = [Cell(part, number) for part, number in zip(ranges, stones, strict=True)]
    return cells, len(ranges)


def _on_grid(value: Decimal, axis: PriceAxis) -> Decimal:
    return (value / axis.granularity).to_integral_value() * axis.granularity


def partitions_for(total: int, *, stones_per_partition: int, most: int) -> int:
    return min(most, max(1, ceil(total / stones_per_partition)))


def scaled(cells: list[Cell], total: int) -> Heatmap:
    """What an earlier scan's cells hold now, if the stones still lie where they lay."""
    before = sum(cell.stones for cell in cells)
    seen, placed, guessed = 0, 0, []
    for cell in cells:
        seen += cell.stones
        upto = round(seen * total / before) if before else 0
        guessed.append(Cell(cell.range, upto - placed))
        placed = upto
    return Heatmap(guessed, 1)


def plan(heatmap: Heatmap, wanted: int) -> list[Cell]:
    """Join neighbouring cells into partitions of nearly equal weight that tile the whole axis."""
    if not heatmap.stones:
        return []
    plans: list[Cell] = []
    low, seen, taken = heatmap.cells[0].range.low, 0, 0
    for cell, following in zip(heatmap.cells, [*heatmap.cells[1:], None], strict=True):
        seen += cell.stones
        share = heatmap.stones * (len(plans) + 1) / wanted
        may_end = seen > taken and len(plans) < wanted - 1
        if following is None or (may_end and _ends(seen, following.stones, share)):
            plans.append(Cell(PriceRange(low, cell.range.high), seen - taken))
            low, taken = cell.range.high or low, seen
    return plans


def _ends(seen: int, more: int, share: float) -> bool:
    """Whether a partition ends here, because its share is nearer than one cell further on."""
    return seen >= share or (seen + more > share and share - seen <= seen + more - share)
