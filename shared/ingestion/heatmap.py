"""The density scan: where on the price axis the stones are, and ranges of equal weight.

The supplier only counts ranges. Starting from coarse cells that grow with the price, a cell inside
which a partition should end is cut where that end would lie if its stones lay evenly, and counted
again, until every partition ends within a twelfth of its share from a boundary. Cells, and so
partitions, share their boundaries and are open-ended at the top: nothing lies between them, and no
partition outweighs another by half, unless stones of one price do.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from shared.feeds.model import PriceAxis, PriceRange

Count = Callable[[Sequence[PriceRange]], list[int]]

EVERYTHING = PriceRange(Decimal(0), None)
COARSE_CELLS = 12
MOST_CUTS = 7
ROUNDS = 24
NEAR_ENOUGH = 1 / 12
"""Of a partition's share: how far its end may lie from where it should."""
PATIENCE = 2
"""Rounds of guessing before cells are halved as well, in case their stones lie very unevenly."""


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
    for guesses in range(ROUNDS):
        pieces = list(_pieces(cells, total / wanted, axis, halving=guesses >= PATIENCE))
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


def _pieces(
    cells: list[Cell], share: float, axis: PriceAxis, *, halving: bool
) -> Iterator[list[PriceRange]]:
    """Every cell's range, cut where partitions of this share should end inside it."""
    seen = 0
    for cell in cells:
        ends = [end / cell.stones for end in _ends_inside(seen, cell.stones, share)]
        cuts = _thinned(sorted({*ends, 0.5} if ends and halving else ends))
        yield _cut(cell.range, cuts, axis)
        seen += cell.stones


def _ends_inside(seen: int, stones: int, share: float) -> list[float]:
    """Where partitions end among a cell's stones, too far from either of its boundaries."""
    slack = share * NEAR_ENOUGH
    first, last = ceil((seen + slack) / share), floor((seen + stones - slack) / share)
    return [number * share - seen for number in range(first, last + 1)]


def _thinned(cuts: list[float]) -> list[float]:
    step = ceil(len(cuts) / MOST_CUTS) or 1
    return cuts[step // 2 :: step]


def _cut(part: PriceRange, cuts: list[float], axis: PriceAxis) -> list[PriceRange]:
    """The range in pieces, cut at these shares of its width as far as the grid allows."""
    high = part.high if part.high is not None else max(axis.ceiling, part.low * 2)
    wanted = {_on_grid(part.low + (high - part.low) * Decimal(cut), axis) for cut in cuts}
    edges = sorted({part.low, *(edge for edge in wanted if part.low < edge < high)})
    return [PriceRange(low, top) for low, top in zip(edges, [*edges[1:], part.high], strict=True)]


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
