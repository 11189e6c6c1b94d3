"""How retailers' lists spell the trade's words; what two people would read differently is left out.

`R` is Round to one and Radiant to another, so it is neither.
"""

from collections.abc import Mapping
from typing import TypeVar

from shared.diamonds import grading
from shared.diamonds.model import Availability

Meaning = TypeVar("Meaning", bound=str)


def _meanings(spellings: Mapping[Meaning, str]) -> dict[str, Meaning]:
    """By spelling, as `grading.code` writes it; a meaning spells itself."""
    own = {grading.code(meaning): meaning for meaning in spellings}
    return {spelt: meaning for meaning, all_ in spellings.items() for spelt in all_.split()} | own


SHAPES = _meanings(
    {
        "ROUND": "B BR RB RBC RD RND ROUND_BRILLIANT",
        "PRINCESS": "PR PRN PRI PRIN PN PC MDSQB SMB",
        "OVAL": "O OV OMB OVL",
        "EMERALD": "E EM EC EMR",
        "ASSCHER": "A AS ASC ASCHER CSS CSSC AC SQUARE_EMERALD",
        "CUSHION": "C CU CUS CUSH CB CX CUX CMB CUSHION_BRILLIANT CUSHION_MODIFIED SQUARE_CUSHION",
        "MARQUISE": "M MQ MQB MAR",
        "PEAR": "P PS PSH PB PMB PE",
        "HEART": "H HS HT HRT MHRC",
        "RADIANT": "RA RAD RC RDN CRB RCRB SQUARE_RADIANT",
        "TRILLIANT": "TR TRI TRIL TRILLION",
        "BAGUETTE": "BAG BG BGT",
        "TAPERED BAGUETTE": "TB",
        "OLD MINER": "OM OLD_MINE",
        "EUROPEAN": "EU OEC OLD_EUROPEAN EUROPEAN_CUT",
        "HALF MOON": "HM HALFMOON",
        "TRAPEZOID": "TP TZ TRAP",
        "BRIOLETTE": "",
        "BULLET": "",
        "HEXAGONAL": "",
        "KITE": "",
        "LOZENGE": "",
        "OCTAGONAL": "",
        "PENTAGONAL": "",
        "ROSE": "",
        "SHIELD": "",
        "STAR": "",
        "TRIANGULAR": "",
    }
)
QUALITIES = _meanings(
    {
        "ID": "I IDL IDEAL",
        "EX": "X EXC EXCELLENT",
        "VG": "V VGD V.G V.GOOD V._GOOD VERY_GOOD VG_EX",
        "G": "GD GOOD G_VG",
        "F": "FR FAIR F_G",
        "P": "POOR",
    }
)
FLUORESCENCES = _meanings(
    {
        "NONE": "N NON NO NIL",
        "FAINT": "F FNT SL SLIGHT VSL VERY_SLIGHT",
        "MEDIUM": "M MED",
        "STRONG": "S ST STG",
        "VERY_STRONG": "VS VST VSTG",
    }
)
CLARITIES = _meanings(
    dict.fromkeys(grading.CLARITIES, "")
    | {"IF": "LC LOUPE_CLEAN", "I1": "P1", "I2": "P2", "I3": "P3"}
)
COLORS = _meanings(dict.fromkeys(grading.COLORS, ""))
AVAILABILITIES: Mapping[str, Availability] = _meanings(
    {
        "available": "A G GA GUARANTEED GUARANTEED_AVAILABLE GUARANTEEDAVAILABLE IN_STOCK STPS YES",
        "on_hold": "HOLD RESERVED M MEMO ON_MEMO ONMEMO OUT_ON_MEMO",
        "sold": "",
        "unavailable": "NA NOT_AVAILABLE N NO OUT_OF_STOCK",
    }
)
LAB_GROWN: Mapping[str, bool] = (
    dict.fromkeys(("YES", "Y", "TRUE", "1", "LAB", "LAB_GROWN", "LABGROWN", "LG", "LGD"), True)
    | dict.fromkeys(("CVD", "HPHT", "LABORATORY_GROWN", "SYNTHETIC"), True)
    | dict.fromkeys(("NO", "N", "FALSE", "0", "NATURAL", "MINED", "EARTH_MINED"), False)
)
UNTREATED = frozenset(("NONE", "N", "NO", "NA", "N/A", "UNTREATED", "NIL", "FALSE", "0", "-"))
YES_OR_NO: Mapping[str, bool] = dict.fromkeys(("YES", "Y", "TRUE", "1", "100%"), True) | (
    dict.fromkeys(("NO", "N", "FALSE", "0"), False)
)
