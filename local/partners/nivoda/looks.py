"""How stones are spread over shapes and grades, in the words Nivoda has for them."""

from collections.abc import Mapping
from typing import Any


def weighted(shares: Mapping[Any, int]) -> tuple[Any, ...]:
    """256 values in these shares, to be picked from by a byte."""
    total, values = sum(shares.values()), list(shares)
    spread = [value for value in values for _ in range(round(256 * shares[value] / total))]
    return tuple((spread + values[:1] * 256)[:256])


SHAPES = weighted(
    {"ROUND": 55, "OVAL": 10, "CUSHION MODIFIED": 4, "CUSHION BRILLIANT": 3, "CUSHION": 2}
    | {"CUSHION B": 1, "EMERALD": 6, "PEAR": 6, "PRINCESS": 5, "RADIANT": 4, "MARQUISE": 2}
    | {"ASSCHER": 1, "HEART": 1, "OLD MINER": 1, "ROSE": 1, "TRILLIANT": 1, "HEXAGONAL": 1}
)
COLORS = weighted(
    {"D": 10, "E": 13, "F": 14, "G": 14, "H": 13, "I": 10, "J": 8, "K": 5, "L": 3, "M": 2}
    | {"N": 1, "OP": 1, "UV": 1, "FANCY": 4}
)
HUES = weighted(
    {"YELLOW": 40, "BROWN": 12, "PINK": 10, "GREY": 6, "ORANGE BROWN": 6, "BROWN-PINK": 4}
    | {"GREEN YELLOW": 6, "YELLOW GREEN": 4, "BLUE": 3, "ORANGY BROWN": 3, None: 6}
)
INTENSITIES = weighted(
    {"FANCY": 25, "FANCY LIGHT": 20, "FANCY_INTENSE": 20, "FANCY VIVID": 12, "FAINT": 5}
    | {"LIGHT": 6, "VERY LIGHT": 4, "FANCY-DEEP": 5, "FANCY DARK": 3}
)
OVERTONES = weighted({None: 70, "BROWNISH": 12, "ORANGY": 8, "GREENISH": 6, "EVEN": 4})
CLARITIES = weighted(
    {"IF": 4, "VVS1": 8, "VVS2": 11, "VS1": 20, "VS2": 22, "SI1": 19, "SI2": 11, "I1": 4, "FL": 1}
)
QUALITIES = weighted({"EX": 70, "VG": 22, "ID": 4, "GD": 3, "G": 1})
INTENSITY = weighted({"NON": 60, "FNT": 20, "MED": 9, "STG": 6, "VST": 2, "SLT": 2, "VSL": 1})
FLUORESCENT = weighted({"B": 80, "Blue": 12, "Y": 6, "W": 2})
LABS = weighted({"GIA": 66, "IGI": 24, "HRD": 6, "GCAL": 2, "NONE": 2})
TINGES = weighted({"No": 55, "None": 12, None: 28, "Slight": 3, "LIGHT BROWN": 2})
CLEAN = weighted({"Yes": 40, "100%": 22, None: 24, "No": 6, "90%": 6, "Borderline": 2})
GIRDLES = weighted({"MED - STK": 50, "TN - TK": 20, "MED": 18, "STK - THK": 6, "null": 6})
CULETS = weighted({"NON": 84, "VSM": 8, "SML": 2, None: 6})
SYMBOLS = weighted(
    {"Crystal, Feather": 30, "Feather, Cloud, Needle": 25, "Pinpoint": 15, None: 20}
    | {"Twinning Wisp, Crystal, Feather, Indented Natural": 10}
)
COMMENTS = weighted(
    {None: 55, "Additional pinpoints are not shown.": 25, "Clouds are not shown.": 15}
    | {"Surface graining is not shown. Minor details of polish are not shown.": 5}
)
COUNTRIES = weighted({"IN": 40, "US": 22, "BE": 12, "HK": 12, "IL": 8, None: 6})
MINES = weighted({None: 82, "BOTSWANA": 8, "CANADA": 6, "Russia": 4})
UNMEASURED = weighted({None: 97, "0": 2, "null": 1})
HAS_VIDEO = weighted({True: 80, False: 20})
VIDEO_LINKS = weighted({None: 90, "": 10})
FINAL = weighted({True: 92, False: 8})
EXPRESS = weighted({False: 80, True: 20})
GROWTH = weighted({"CVD": 60, "HPHT": 38, "IIA": 2})
TREATED = weighted({None: 97, False: 2, True: 1})
