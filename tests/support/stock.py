"""Lists of a retailer's own stones, as they come out of a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]


def stone(number: int, **changed: Any) -> Row:
    """One line under headings as the trade has them; its price is its own."""
    return {
        "Stock #": f"OWN-{number:05}",
        "Shape": ("RB", "Oval", "PR", "CU")[number % 4],
        "Weight": f"{1 + number % 150 / 100:.2f}",
        "Color": "DEFGHIJ"[number % 7],
        "Clarity": ("VS1", "vvs 2", "SI1")[number % 3],
        "Cut Grade": "Excellent",
        "Polish": "VG",
        "Symmetry": "X",
        "Fluorescence": "N",
        "Total Price": f"{500 + number * 7 % 30_000}.{number % 100:02}",
        "Lab": "GIA",
        "Cert #": f"{2_100_000_000 + number}",
        "Measurements": "6.45-6.47 x 3.98",
        "Depth %": "61.6%",
        "Table %": "57",
        "Lab Grown": "no",
        **changed,
    }


def stones(how_many: int, **changed: Any) -> list[Row]:
    return [stone(number, **changed) for number in range(how_many)]


def csv_of(
    rows: Iterable[Mapping[str, Any]],
    *,
    headings: Sequence[str] | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    listed = [*rows]
    named = headings or [*listed[0]]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, named, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode(encoding)
