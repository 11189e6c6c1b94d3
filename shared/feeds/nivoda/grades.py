"""Nivoda's spellings in the trade's codes. What is not known passes, tidied up, and is doubted."""

import re
from functools import lru_cache
from typing import NamedTuple

from shared.diamonds import grading

QUALITIES = {"PR": "P", "FR": "F", "GD": "G", "EIGHTX": "8X"}
KNOWN_QUALITIES = frozenset((*grading.CUTS, "8X"))

FLUORESCENCES = {
    "NON": "NONE",
    "VSL": "VERY_SLIGHT",
    "SLT": "SLIGHT",
    "FNT": "FAINT",
    "MED": "MEDIUM",
    "STG": "STRONG",
    "STN": "STRONG",
    "VST": "VERY_STRONG",
}
KNOWN_FLUORESCENCES = frozenset((*grading.FLUORESCENCES, "VERY_SLIGHT", "SLIGHT"))
# Reports print a letter where only one colour begins with it.
FLUORESCENCE_COLORS = {"B": "BLUE", "Y": "YELLOW", "O": "ORANGE", "R": "RED", "W": "WHITE"}
KNOWN_FLUORESCENCE_COLORS = frozenset(
    [
        "BLUE",
        "BLACK",
        "BROWN",
        "CHAMPAGNE",
        "COGNAC",
        "CHAMELEON",
        "GRAY",
        "GREEN",
        "ORANGE",
        "PINK",
        "PURPLE",
        "RED",
        "VIOLET",
        "WHITE",
        "YELLOW",
    ]
)

SHAPES = {"ASCHER": "ASSCHER", "HALFMOON": "HALF MOON", "EUROPEAN CUT": "EUROPEAN"}

RANGE = re.compile(r"([D-Z])-?([D-Z])")
FANCY = "FANCY"

INTENSITIES = frozenset(
    {
        "Faint",
        "Very Light",
        "Light",
        "Fancy Light",
        "Fancy",
        "Fancy Intense",
        "Fancy Vivid",
        "Fancy Deep",
        "Fancy Dark",
    }
)
NO_COLOR = frozenset({"", "EVEN", "U-V", "NONE", "NULL", "N/A"})
# Named in one order, whichever way round they come ...
EITHER_WAY = {
    frozenset(("BROWN", "ORANGE")): "Brown-Orange",
    frozenset(("BROWN", "PINK")): "Brown-Pink",
    frozenset(("BROWN", "YELLOW")): "Brown-Yellow",
    frozenset(("PINK", "PURPLE")): "Pink-Purple",
}
# ... and where the order says which of the two is stronger, it stays.
AS_SAID: dict[tuple[str, ...], str] = {
    ("GRAY", "BLUE"): "Gray-Blue",
    ("GREEN", "YELLOW"): "Green-Yellow",
    ("YELLOW", "GREEN"): "Yellow-Green",
    ("ORANGE", "YELLOW"): "Orange-Yellow",
    ("YELLOW", "ORANGE"): "Yellow-Orange",
}
HUES = frozenset(
    [
        "Black",
        "Blue",
        "Brown",
        "Chameleon",
        "Champagne",
        "Cognac",
        "Gray",
        "Green",
        "Orange",
        "Pink",
        "Purple",
        "Red",
        "Violet",
        "White",
        "Yellow",
    ]
)
"""What a fancy colour is made of, besides words like `Brownish` and `Orangy`."""


# The same few grades come a million times.
remembered = lru_cache(maxsize=4_096)


class Color(NamedTuple):
    """Either a colour from D to Z or a fancy one; `fancy_color` decides."""

    color: str | None
    fancy_color: str | None


@remembered
def quality(words: str) -> str:
    """A cut, polish or symmetry."""
    code = grading.code(words)
    return QUALITIES.get(code, code)


@remembered
def fluorescence(words: str) -> str:
    code = grading.code(words)
    return FLUORESCENCES.get(code, code)


@remembered
def fluorescence_color(words: str) -> str:
    name = grading.name(words)
    return FLUORESCENCE_COLORS.get(name, "GRAY" if name == "GREY" else name)


@remembered
def shape(words: str) -> str:
    name = grading.name(words)
    return SHAPES.get(name, name)


@remembered
def color(words: str | None, fancy: str | None) -> Color:
    """Fancy is what is called so, or what has a fancy colour; the colour may then be unknown."""
    hue = fancy_color(fancy) if fancy else None
    white = grading.name(words) if words else None
    if hue or (white and white.split()[0] == FANCY):
        return Color(None, hue or "Unknown")
    return Color(_range(white) if white else None, None)


@remembered
def known_color(name: str) -> bool:
    return name in grading.COLORS or RANGE.fullmatch(name) is not None


def fancy_color(words: str) -> str | None:
    """A hue in words: `GREY` is Gray, `ORANGE BROWN` is Brown-Orange, `EVEN` is none."""
    if words.strip().upper() in NO_COLOR:
        return None
    parts = re.split("([- ]+)", words.strip().upper().replace("_", " ").replace("GREY", "GRAY"))
    words_alone = tuple(parts[::2])
    paired = AS_SAID.get(words_alone) or EITHER_WAY.get(frozenset(words_alone))
    return paired or "".join(part.capitalize() for part in parts)


@remembered
def known_fancy_color(name: str) -> bool:
    words = re.split("[- ]+", name)
    return all(word in HUES or word.endswith(("ish", "y")) for word in words)


def fancy_intensity(words: str) -> str:
    spelled = " ".join(re.split("[-_ ]+", words.strip())).title()
    return spelled if spelled in INTENSITIES else spelled.capitalize()


def _range(name: str) -> str:
    """`OP` is the range O-P, as laboratories print it."""
    bounds = RANGE.fullmatch(name)
    return "-".join(bounds.groups()) if bounds else name
