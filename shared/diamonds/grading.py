"""Grades in the trade's codes, best first; every feed's spelling ends here."""

from collections.abc import Sequence

COLORS = tuple("DEFGHIJKLMNOPQRSTUVWXYZ")
CLARITIES = ("FL", "IF", "VVS1", "VVS2", "VS1", "VS2", "SI1", "SI2", "SI3", "I1", "I2", "I3")
CUTS = ("ID", "EX", "VG", "G", "F", "P")
FLUORESCENCES = ("NONE", "FAINT", "MEDIUM", "STRONG", "VERY_STRONG")

SPELLINGS = {
    "IDEAL": "ID",
    "EXCELLENT": "EX",
    "VERY_GOOD": "VG",
    "GOOD": "G",
    "FAIR": "F",
    "POOR": "P",
}


def around(scale: Sequence[str], grade: str | None, worse: int, better: int) -> list[str]:
    """The grades from so many steps worse to so many better; itself if it is on no scale."""
    if grade not in scale:
        return [grade or ""]
    place = scale.index(grade)
    return list(scale[max(place - better, 0) : place + worse + 1])


def code(grade: str) -> str:
    """A grade as people and suppliers type it, in the trade's code: `very good` is `VG`."""
    spelled = "_".join(grade.replace("-", " ").replace("_", " ").upper().split())
    return SPELLINGS.get(spelled, spelled)


def name(word: str) -> str:
    """A shape, colour or laboratory as people type it: `old  miner` is `OLD MINER`."""
    return " ".join(word.replace("_", " ").upper().split())
