"""A stone's picture by its shape: its crown from above, drawn instead of photographed."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from math import cos, pi, sin, sqrt

from shared.platform.errors import NotFound

Point = tuple[float, float]
Outline = Callable[[float], Point]

RADIUS = 88.0
CORNERS = 16
TABLE, STAR = 0.54, 0.78
STEPS = (1.0, 0.82, 0.64, 0.46)
SHADES = ("#f4f9fc", "#dcebf4", "#c3dcea", "#e9f3f9", "#b3d0e2")
EDGE = "#5b86a3"

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="-100 -100 200 200" role="img">
<title>{title}</title>
<path d="{outline}" fill="{shade}"/>
<g stroke="{edge}" stroke-width="0.8" stroke-linejoin="round">
{facets}
</g>
<path d="{outline}" fill="none" stroke="{edge}" stroke-width="2.4" stroke-linejoin="round"/>
</svg>
"""


class PictureUnknown(NotFound):
    def __init__(self, shape: str) -> None:
        super().__init__(
            f"There is no picture of the shape {shape[:40]!r}.",
            hint=f"Known shapes: {', '.join(sorted({*BRILLIANT_CUTS, *STEP_CUTS}))}.",
        )


@cache
def picture(shape: str) -> str:
    """The SVG of a shape, e.g. `oval`."""
    if shape in STEP_CUTS:
        corners = STEP_CUTS[shape]
        return _drawn(shape, _step_cut(corners), corners)
    if shape in BRILLIANT_CUTS:
        outline = BRILLIANT_CUTS[shape]
        return _drawn(shape, _brilliant_cut(outline), [outline(turn / 360) for turn in range(360)])
    raise PictureUnknown(shape)


def _drawn(shape: str, facets: Iterable[list[Point]], outline: list[Point]) -> str:
    return DRAWING.format(
        title=f"{shape.capitalize()} cut diamond",
        edge=EDGE,
        shade=SHADES[0],
        facets="\n".join(_polygon(number, facet) for number, facet in enumerate(facets)),
        outline=_path(outline),
    )


def _brilliant_cut(outline: Outline) -> Iterator[list[Point]]:
    """The table, then round it eight times: a star, a kite and two upper girdle facets."""
    girdle = [outline(corner / CORNERS) for corner in range(CORNERS)]
    yield [_scaled(girdle[corner], TABLE) for corner in range(0, CORNERS, 2)]
    for corner in range(0, CORNERS, 2):
        before, here, after, beyond = (girdle[(corner + step) % CORNERS] for step in (-1, 0, 1, 2))
        star, table = _scaled(after, STAR), _scaled(here, TABLE)
        yield [table, _scaled(beyond, TABLE), star]
        yield [table, star, here, _scaled(before, STAR)]
        yield [star, here, after]
        yield [star, after, beyond]


def _step_cut(corners: list[Point]) -> Iterator[list[Point]]:
    """The table, and rows of facets parallel to the edges."""
    yield [_scaled(corner, STEPS[-1]) for corner in corners]
    for outer, inner in pairwise(STEPS):
        for here, after in pairwise([*corners, corners[0]]):
            yield [
                _scaled(here, outer),
                _scaled(after, outer),
                _scaled(after, inner),
                _scaled(here, inner),
            ]


def _polygon(number: int, corners: list[Point]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon points="{points}" fill="{SHADES[number % len(SHADES)]}"/>'


def _path(corners: list[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def _scaled(point: Point, factor: float) -> Point:
    return point[0] * factor, point[1] * factor


def _superellipse(width: float, height: float, power: float) -> Outline:
    """A circle at power 2, ever squarer above."""

    def outline(turn: float) -> Point:
        x, y = sin(2 * pi * turn), -cos(2 * pi * turn)
        far = RADIUS / (abs(x / width) ** power + abs(y / height) ** power) ** (1 / power)
        return x * far, y * far

    return outline


def _rectangle(width: float, height: float, *, cut: float) -> Outline:
    """A rectangle that may lack its corners."""

    def outline(turn: float) -> Point:
        x, y = sin(2 * pi * turn), -cos(2 * pi * turn)
        slanted = (abs(x) + abs(y)) / (width + height - cut)
        far = RADIUS / max(abs(x) / width, abs(y) / height, slanted)
        return x * far, y * far

    return outline


def _cut_corners(width: float, height: float, cut: float) -> list[Point]:
    """The corners of a rectangle that lacks its own, clockwise."""
    x, y, c = RADIUS * width, RADIUS * height, RADIUS * cut
    right = [(x - c, -y), (x, c - y), (x, y - c), (x - c, y)]
    return [*right, *((-x, -y) for x, y in right)]


def _pear(turn: float) -> Point:
    return 0.86 * RADIUS * sin(2 * pi * turn) * abs(sin(pi * turn)), -RADIUS * cos(2 * pi * turn)


def _marquise(turn: float) -> Point:
    """Two arcs that meet in two points."""
    half = 0.5
    radius = (1 + half * half) / (2 * half)
    y = -cos(2 * pi * turn)
    x = sqrt(radius * radius - y * y) - (radius - half)
    return RADIUS * (x if turn % 1 < 1 / 2 else -x), RADIUS * y


def _heart(turn: float) -> Point:
    angle = 2 * pi * turn
    x = 16 * sin(angle) ** 3
    y = -(13 * cos(angle) - 5 * cos(2 * angle) - 2 * cos(3 * angle) - cos(4 * angle))
    return RADIUS * x / 17, RADIUS * (y - 2.5) / 17


BRILLIANT_CUTS: dict[str, Outline] = {
    "round": _superellipse(1, 1, 2),
    "oval": _superellipse(0.72, 1, 2),
    "cushion": _superellipse(0.9, 0.96, 4),
    "radiant": _rectangle(0.74, 0.92, cut=0.2),
    "princess": _rectangle(0.84, 0.84, cut=0),
    "pear": _pear,
    "marquise": _marquise,
    "heart": _heart,
}
STEP_CUTS: dict[str, list[Point]] = {
    "emerald": _cut_corners(0.68, 0.96, 0.2),
    "asscher": _cut_corners(0.86, 0.86, 0.34),
}
